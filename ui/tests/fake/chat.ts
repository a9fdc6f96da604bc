// The scripted app's chats from the inside: trees of messages, branches, and turns that run. `?data=lots` makes the
// first chat 5,000 messages long; `?say=` picks how a sent message is answered: fast (the usual), slow, fail.
import type { AppEvent } from '$gen/AppEvent';
import type { Cost } from '$gen/Cost';
import type { Error as AppError } from '$gen/Error';
import type { Happening } from '$gen/Happening';
import type { Message } from '$gen/Message';
import type { MessageHead } from '$gen/MessageHead';
import type { Part } from '$gen/Part';
import type { RunEvent } from '$gen/RunEvent';
import type { ToolRun } from '$gen/ToolRun';
import type { Turn } from '$gen/Turn';
import type { Answers, Streams } from '../../src/host/fake';
import { applyPart, emptyRecord } from '../../src/lib/fold';
import { chats, tell } from './app';
import { ended, recordOf } from './records';
import { found, parts as toolParts, toolRun } from './tools';

const asked = new URLSearchParams(globalThis.location?.search ?? '');
const lots = asked.get('data') === 'lots';
const say = asked.get('say') ?? 'fast';
const START = Date.now() - 40 * 60_000;

const messages = new Map<string, Message>();
const turns = new Map<string, Turn>();
const leaves = new Map<string, string | null>();
let lastId = 0;
const at = (n: number) => new Date(START + n * 30_000).toISOString();

function add(
  chatId: string,
  parent: string | null,
  role: Message['role'],
  parts: Part[],
  turnId: string | null = null,
) {
  lastId += 1;
  const message: Message = {
    id: `m${lastId}`,
    chatId,
    parentId: parent,
    role,
    parts,
    turnId,
    createdAt: at(lastId),
  };
  messages.set(message.id, message);
  return message;
}

const COST: Cost = { usd: 0.0041, pricesOf: '2026-11-20', estimated: false };

const text = (words: string): Part => ({ kind: 'text', text: words });

function turnOf(chatId: string, question: Message, change: Partial<Turn> = {}): Turn {
  const id = change.id ?? `t${turns.size + 1}`;
  const turn: Turn = {
    id,
    chatId,
    questionId: question.id,
    answerId: '',
    model: 'anthropic/claude-sonnet-4-5',
    state: 'finished',
    finish: { kind: 'stop' },
    error: null,
    memory: { kind: 'used', count: 4, tokens: 212 },
    retain: { state: 'done', at: at(lastId + 1) },
    usage: { input: 1240, output: 310, cacheRead: 900, cacheWrite: null, reasoning: null },
    cost: COST,
    contextTokens: 1550,
    firstTokenMs: 420,
    totalMs: 1240,
    startedAt: at(lastId + 1),
    ...change,
  };
  turns.set(id, turn);
  return turn;
}

function exchange(
  chatId: string,
  parent: string | null,
  asks: Part[],
  says: Part[],
  change: Partial<Turn> = {},
) {
  const question = add(chatId, parent, 'user', asks);
  return { question, answer: answerTo(chatId, question, says, change) };
}

function answerTo(chatId: string, question: Message, says: Part[], change: Partial<Turn> = {}) {
  const turn = turnOf(chatId, question, change);
  const answer = add(chatId, question.id, 'assistant', says, turn.id);
  turn.answerId = answer.id;
  return answer;
}

const RATE: AppError = {
  code: 'rateLimited',
  message: 'OpenAI refused the request: too many in a short time.',
  hint: 'Wait 20 seconds, then retry.',
  retryable: true,
  retryAfterMs: 20_000,
  source: {
    name: 'OpenAI',
    status: 429,
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for gpt-5.1 in org-x on tokens per min.',
  },
  requestId: 'req_8f2ab1',
};

const DINNER = `Since Ana is vegetarian and you both like small plates, three places near **Príncipe Real**:

1. **Ao 26** — vegan, small, book ahead
2. **Arkhe** — a tasting menu that is vegetarian throughout
3. **Senhor Uva** — natural wine, vegetable plates to share

| place | walk | booking |
|---|---|---|
| Ao 26 | 12 min | needed |
| Arkhe | 9 min | needed |
| Senhor Uva | 6 min | walk in |

You said that you land at 19:40, so Arkhe at 21:00 is the safe one.`;

const CODE = `The closure needs \`move\` because the future outlives the loop body:

\`\`\`rust
let retry = move |attempt: u32| async move {
    // attempt is copied, client is moved in
    client.get(&url).send().await
};
\`\`\`

Time to wait after attempt $n$ is $d_n = \\min(d_0 2^n, d_{max})$.`;

function fill() {
  const id = 'c1';
  let last = exchange(
    id,
    null,
    [text('We fly to Lisbon on Friday, Ana and I. Arrive 19:40.')],
    [text('Noted: Friday, arriving at 19:40, the two of you.')],
    {
      memory: { kind: 'empty', new_bank: true },
      usage: { input: 84, output: 18, cacheRead: null, cacheWrite: null, reasoning: null },
    },
  ).answer;
  if (lots) {
    for (let n = 0; n < 2496; n += 1) {
      const words =
        n % 7 === 3 ? DINNER : n % 11 === 5 ? CODE : `Short answer number ${n}. `.repeat(1 + (n % 9));
      last = exchange(id, last.id, [text(`Question number ${n}: what about it?`)], [text(words)]).answer;
    }
    last = exchange(
      id,
      last.id,
      [
        text(
          'A long paste:\n' +
            'All work and no play makes a dull line of log output, with 0x7fae addresses.\n'.repeat(13_000),
        ),
      ],
      [text('That is a lot of log.')],
    ).answer;
  }
  const { question, answer } = exchange(
    id,
    last.id,
    [text('Where should we eat on the first evening?')],
    [text('Somewhere near the hotel.')],
    {
      memory: { kind: 'off', why: 'setting' },
      retain: { state: 'removed', at: at(3) },
    },
  );
  const better = answerTo(id, question, [
    {
      kind: 'reasoning',
      text: 'Ana is vegetarian. They like small plates. The arrival is late, so walking distance matters.',
      family: 'anthropic',
    },
    text(DINNER),
  ]);
  void answer;
  const code = exchange(
    id,
    better.id,
    [text('Other thing. Why does my retry loop need move?')],
    [text(CODE)],
    {
      model: 'openai/gpt-5.1',
      memory: {
        kind: 'failed',
        error: { code: 'timeout', message: 'Hindsight did not answer within 3 s.', retryable: true },
      },
      retain: {
        state: 'queued',
        attempts: 2,
        next_try_at: new Date(Date.now() + 40_000).toISOString(),
        last_error: { code: 'networkUnreachable', message: 'Could not reach Hindsight.', retryable: true },
      },
    },
  ).answer;
  const stopped = exchange(
    id,
    code.id,
    [text('Write me a long story about a lighthouse.')],
    [text('The keeper counted the turns of the lamp, and the lamp')],
    {
      state: 'cancelled',
      finish: null,
      memory: { kind: 'empty', new_bank: false },
      retain: { state: 'skipped', why: 'setting' },
    },
  ).answer;
  const failed = exchange(id, stopped.id, [text('And the weather in Lisbon on Friday?')], [], {
    state: 'failed',
    finish: null,
    error: RATE,
    totalMs: null,
    usage: { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null },
    retain: { state: 'skipped', why: 'nothing' },
  }).answer;
  leaves.set(id, failed.id);
  const second = exchange(
    'c2',
    null,
    [text('Which form is it this year?')],
    [text('Form **1040**, with Schedule C.')],
  ).answer;
  leaves.set('c2', second.id);
  const tooled = exchange(
    'c8',
    null,
    [
      text('Where should Ana and I eat on Friday? The booking is attached.'),
      {
        kind: 'file',
        media_type: 'application/pdf',
        hash: 'p',
        bytes: 182_400,
        name: 'Booking Hotel da Baixa.pdf',
      },
    ],
    toolParts(DINNER),
    { id: 'tools', totalMs: 9300, cost: { usd: 0.0312, pricesOf: '2026-11-20', estimated: false } },
  ).answer;
  leaves.set('c8', tooled.id);
  const asked = exchange('c7', null, [text('What grows in the shade?')], [text(DINNER)]);
  const other = { model: 'openai/gpt-5.1', cost: { usd: 0.000_04, pricesOf: '2026-11-20', estimated: true } };
  answerTo('c7', asked.question, [text(CODE)], other);
  answerTo('c7', asked.question, [], { model: 'ollama/qwen3:8b', state: 'failed', error: RATE, cost: null });
  leaves.set('c7', asked.answer.id);
}
fill();

function pathOf(chatId: string): Message[] {
  const path: Message[] = [];
  for (let here = leaves.get(chatId) ?? null; here !== null;) {
    const message = messages.get(here);
    if (!message) break;
    path.unshift(message);
    here = message.parentId;
  }
  return path;
}

// Parents to children, so that 5,000 heads are quick.
function children(): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const { id, parentId, chatId } of messages.values()) {
    const key = parentId ?? `root ${chatId}`;
    map.set(key, [...(map.get(key) ?? []), id]);
  }
  return map;
}

function view(chatId: string, tail: number) {
  const chat = chats.find(({ id }) => id === chatId);
  if (!chat) throw { code: 'notFound', message: `There is no chat \`${chatId}\`.`, retryable: false };
  const all = pathOf(chatId);
  const below = children();
  const path: MessageHead[] = all.map((message) => {
    const beside = below.get(message.parentId ?? `root ${chatId}`) ?? [];
    const { id, role, turnId, createdAt } = message;
    return {
      id,
      role,
      turnId,
      createdAt,
      bytes: JSON.stringify(message.parts).length,
      siblings: beside.length,
      siblingIndex: beside.indexOf(id),
    };
  });
  const whole = all.slice(-tail);
  const now = (running.get(chatId) ?? []).map(({ runId, answerId }) => ({ runId, answerId }));
  return { chat, path, messages: whole, turns: turnsOf(whole), running: now };
}

const turnsOf = (some: Message[]) =>
  some.flatMap(({ turnId }) => (turnId ? [turns.get(turnId)].filter((one) => one !== undefined) : []));

interface Running {
  runId: string;
  answerId: string;
  events: RunEvent[];
  listeners: Set<(event: RunEvent) => void>;
  timer?: ReturnType<typeof setTimeout>;
  stop: () => void;
  /** Somebody said whether a tool may store. */
  allowed?: (allow: boolean) => void;
}
const running = new Map<string, Running[]>();
const runs = new Map<string, Running>();
const PAUSES: Record<string, number> = { 'openai/gpt-5.1': 1.6, 'ollama/qwen3:8b': 2.4 };

function begin(chatId: string, question: Message, models: string[]) {
  const [first, ...also] = models.map((model) => beginOne(chatId, question, model));
  if (!first) throw new Error('no model');
  leaves.set(chatId, first.answer.id);
  return { ...first, question, also };
}

function beginOne(chatId: string, question: Message, model: string) {
  const turn = turnOf(chatId, question, {
    model,
    state: 'running',
    finish: null,
    memory: null,
    retain: null,
    totalMs: null,
    firstTokenMs: null,
    cost: null,
    usage: { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null },
    startedAt: new Date().toISOString(),
  });
  const answer = add(chatId, question.id, 'assistant', [], turn.id);
  turn.answerId = answer.id;
  const run: Running = {
    runId: turn.id,
    answerId: answer.id,
    events: [],
    listeners: new Set(),
    stop: () => undefined,
  };
  runs.set(turn.id, run);
  running.set(chatId, [...(running.get(chatId) ?? []), run]);
  let record = emptyRecord(turn);
  const emit = (event: Happening) => {
    if (event.kind === 'record') record = applyPart(record, event.part);
    const whole = { runId: turn.id, seq: run.events.length + 1, event };
    run.events.push(whole);
    for (const listener of run.listeners) listener(structuredClone(whole));
  };
  const tool = (value: ToolRun) => emit({ kind: 'record', part: { part: 'tool', value } });
  const parts: Part[] = [];
  const put = (part: Part) => {
    parts.push(part);
    emit({ kind: 'part', part });
  };
  const end = (state: Turn['state'], error: AppError | null) => {
    clearTimeout(run.timer);
    Object.assign(turn, {
      state,
      error,
      finish: state === 'finished' ? { kind: 'stop' } : null,
      totalMs: 1800 * pace,
      firstTokenMs: 300,
      usage: { ...turn.usage, input: 1420, output: 210 },
      cost: model.startsWith('openai') ? { usd: 0.0123, pricesOf: '2026-11-20', estimated: true } : COST,
      retain: { state: 'done', at: new Date().toISOString() },
    });
    answer.parts = parts;
    ended.set(turn.id, { ...recordOf('used'), turnId: turn.id, chatId, tools: record.tools });
    running.set(
      chatId,
      (running.get(chatId) ?? []).filter((one) => one !== run),
    );
    emit(error ? { kind: 'failed', turn, parts, error } : { kind: 'finished', turn, parts });
    const event: AppEvent = {
      kind: 'run',
      chat_id: chatId,
      turn_id: turn.id,
      answer_id: answer.id,
      running: false,
    };
    tell(event);
  };
  run.stop = () => end('cancelled', null);
  tell({ kind: 'run', chat_id: chatId, turn_id: turn.id, answer_id: answer.id, running: true });
  emit({ kind: 'started', turn: { ...turn } });
  const pace = PAUSES[model] ?? 1;
  const words = `${DINNER}\n\n${CODE}`.split(/(?<=\s)/).slice(0, model.startsWith('openai') ? 60 : undefined);
  const pause = (say === 'slow' ? 120 : 12) * pace;
  const later = (what: () => void, times: number) => (run.timer = setTimeout(what, pause * times));
  const speak = (n: number) => {
    if (say === 'fail' && n > 12) return end('failed', RATE);
    const word = words[n];
    if (word === undefined) return end('finished', null);
    const last = parts.at(-1);
    if (last?.kind === 'text') last.text += word;
    else parts.push(text(word));
    emit({ kind: 'text', text: word });
    later(() => speak(n + 1), 1);
  };
  const store = () => {
    const args =
      '{"content":"Ana and her sister land in Lisbon on Friday at 19:40, and want to eat near the hotel."}';
    const asking = toolRun({
      callId: 'c2',
      step: 1,
      name: 'retain_memory',
      arguments: args,
      state: 'asking',
      ms: null,
    });
    put({ kind: 'tool_call', id: 'c2', name: 'retain_memory', arguments: args });
    tool(asking);
    run.allowed = (allow) => {
      delete run.allowed;
      const result = allow ? 'Stored.' : 'The person did not want this to be stored.';
      const learned: ToolRun['learned'] = [
        { id: 'n1', text: 'Ana and her sister land in Lisbon on Friday at 19:40.', factType: 'world' },
      ];
      if (allow) tool({ ...asking, state: 'running' });
      later(() => {
        tool({
          ...asking,
          result,
          ...(allow ? { state: 'done', ms: 11, learned } : { state: 'refused', ms: 0 }),
        });
        put({ kind: 'tool_result', id: 'c2', name: 'retain_memory', text: result, failed: false });
        later(() => speak(0), 20);
      }, 20);
    };
  };
  const look = () => {
    const args = '{"query":"food, allergies and places that Ana liked"}';
    const looking = toolRun({ callId: 'c1', arguments: args, state: 'running', ms: null });
    put({ kind: 'tool_call', id: 'c1', name: 'recall_memory', arguments: args });
    tool(looking);
    later(() => {
      const memories = [found('f1', 'Ana is vegetarian and has been since 2019.', 'world')];
      tool({ ...looking, state: 'done', ms: 21, memories, result: '1. Ana is vegetarian.' });
      put({
        kind: 'tool_result',
        id: 'c1',
        name: 'recall_memory',
        text: '1. Ana is vegetarian.',
        failed: false,
      });
      later(store, 40);
    }, 60);
  };
  const tooled = chats.find(({ id }) => id === chatId)?.settings.memory_tools === true;
  const think = (n: number) => {
    const thought = 'Ana is vegetarian, the arrival is late. ';
    const last = parts.at(-1);
    if (last?.kind === 'reasoning') last.text += thought;
    else parts.push({ kind: 'reasoning', text: thought, family: '' });
    emit({ kind: 'reasoning', text: thought });
    later(() => (n < 12 ? think(n + 1) : tooled ? look() : speak(0)), 4);
  };
  later(() => {
    turn.memory = { kind: 'used', count: 3, tokens: 180 };
    emit({ kind: 'record', part: { part: 'outcome', value: turn.memory } });
    later(() => think(0), 30);
  }, 20);
  return { runId: turn.id, turn: { ...turn }, answer: { ...answer } };
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const modelOf = (chatId: string, model: string | null | undefined) =>
  model ?? chats.find(({ id }) => id === chatId)?.model ?? 'demo/demo';

export const answers: Answers = {
  'chat.open': ({ chatId, tail }) => view(chatId, tail),
  'chat.messages': ({ ids }) => {
    const found = ids.flatMap((id) => messages.get(id) ?? []);
    return { messages: found, turns: turnsOf(found) };
  },
  'chat.siblings': ({ chatId, messageId }) => {
    const parent = messages.get(messageId)?.parentId ?? `root ${chatId}`;
    return { ids: children().get(parent) ?? [] };
  },
  'chat.showBranch': ({ chatId, messageId }) => {
    const below = children();
    let here = messageId;
    for (let next = below.get(here); next; next = below.get(here)) here = next.at(-1) ?? here;
    leaves.set(chatId, here);
    return view(chatId, 60);
  },
  'chat.image': () => ({ mediaType: 'image/png', base64: PIXEL }),
  'chat.saveDraft': ({ chatId, text: draft }) => {
    const chat = chats.find(({ id }) => id === chatId);
    if (chat) chat.draft = draft;
    return {};
  },
  'turn.start': ({ chatId, text: words, images, files, after, model, also }) => {
    const parent =
      after.kind === 'leaf'
        ? (leaves.get(chatId) ?? null)
        : (messages.get(after.message_id)?.parentId ?? null);
    const pictures = images.map((image, n): Part => ({
      kind: 'image',
      media_type: image.mediaType,
      hash: `${n}`,
      bytes: image.base64.length,
      name: image.name ?? null,
    }));
    const papers = files.map((file, n): Part => ({
      kind: 'file',
      media_type: file.mediaType,
      hash: `f${n}`,
      bytes: Math.round(file.base64.length * 0.75),
      name: file.name,
    }));
    const question = add(chatId, parent, 'user', [...(words ? [text(words)] : []), ...pictures, ...papers]);
    return begin(chatId, question, [modelOf(chatId, model), ...also]);
  },
  'turn.retry': ({ chatId, questionId, model, also }) => {
    const question = messages.get(questionId);
    if (!question) throw { code: 'notFound', message: 'The question is gone.', retryable: false };
    return begin(chatId, question, [modelOf(chatId, model), ...also]);
  },
  'turn.cancel': ({ runId }) => {
    runs.get(runId)?.stop();
    return {};
  },
  'turn.answerTool': ({ runId, allow }) => {
    runs.get(runId)?.allowed?.(allow);
    return {};
  },
  'turn.retryRetain': () => ({ state: 'done', at: new Date().toISOString() }),
};

export const streams: Streams = {
  'turn.attach': ({ runId, afterSeq }, item, end) => {
    const run = runs.get(runId);
    if (!run) {
      end();
      return;
    }
    for (const event of run.events.slice(afterSeq)) item(structuredClone(event));
    run.listeners.add(item);
    return () => run.listeners.delete(item);
  },
};
