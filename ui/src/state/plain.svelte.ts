// A reactive value as plain data of the same type, for sending, comparing and keeping.

/** A deep copy without proxies. The type stays as it is, which `$state.snapshot` cannot say of JSON values. */
export function plain<T>(value: T): T {
  return $state.snapshot(value) as T;
}
