// Credentials of more than one field, as the one text that goes to the keychain: an access key of AWS, a service
// account of Google. Pure; nothing here keeps anything, and nothing comes back from the keychain.

/** An access key of AWS while it is typed. */
export interface AwsKey {
  id: string;
  secret: string;
  /** Only with temporary credentials. */
  token: string;
}

/** An access key as it is kept; empty while it is not whole. */
export function awsSecret(key: AwsKey): string {
  const [id, secret, token] = [key.id.trim(), key.secret.trim(), key.token.trim()];
  if (id === '' || secret === '') return '';
  const whole = { access_key_id: id, secret_access_key: secret };
  return JSON.stringify(token === '' ? whole : { ...whole, session_token: token });
}

/** What is wrong with an access key that was begun, and with which part of it; null when it is whole or empty. */
export function awsFault(key: AwsKey): { part: keyof AwsKey; words: string } | null {
  const [id, secret, token] = [key.id.trim(), key.secret.trim(), key.token.trim()];
  if (id === '' && secret === '' && token === '') return null;
  if (id === '') return { part: 'id', words: 'Enter the access key ID that belongs to it.' };
  if (secret === '') return { part: 'secret', words: 'Enter the secret access key that belongs to it.' };
  // Temporary keys begin with ASIA and are refused without their token (AWS: IAM identifiers).
  if (id.startsWith('ASIA') && token === '')
    return {
      part: 'token',
      words: 'A key that begins with ASIA is temporary. Enter its session token as well.',
    };
  return null;
}

/** The JSON of a Google service account, as far as it concerns a form. */
export interface ServiceAccount {
  /** Why it is none; null when it is one or nothing was pasted. */
  fault: string | null;
  project: string | null;
  email: string | null;
}

/** Reads pasted JSON of a service account. What is wrong is said without repeating any of it. */
export function serviceAccount(text: string): ServiceAccount {
  const none = { project: null, email: null };
  if (text.trim() === '') return { fault: null, ...none };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { fault: 'This is not JSON. Paste the whole file that Google Cloud gave you.', ...none };
  }
  if (typeof parsed !== 'object' || parsed === null) return { fault: 'This is no service account.', ...none };
  const field = (name: string): string | null => {
    const value = (parsed as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const [project, email] = [field('project_id'), field('client_email')];
  if (field('type') !== 'service_account')
    return {
      fault: 'Its “type” is not “service_account”, so Google takes it for no service account.',
      project,
      email,
    };
  const missing = ['client_email', 'private_key'].filter((name) => field(name) === null);
  if (missing.length > 0) return { fault: `It lacks ${missing.map((name) => `“${name}”`).join(' and ')}.`, project, email }; // prettier-ignore
  return { fault: null, project, email };
}
