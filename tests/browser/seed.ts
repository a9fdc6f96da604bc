// Puts a long chat into an app's database, because sending 5,000 messages takes minutes. It writes the rows that
// sending would have written; the app runs meanwhile, as SQLite allows. Python brings SQLite along, Node 20 does not.
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const SCRIPT = `
import json, sqlite3, sys
database, chat, messages, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
db = sqlite3.connect(database, timeout=20)
parent, at = None, "2026-05-01T10:00:00.000Z"
usage = json.dumps({"input": 10, "output": 5, "cacheRead": None, "cacheWrite": None, "reasoning": None})
with db:
    for pair in range(1, messages // 2 + 1):
        asked, answered, turn = (f"00000000-0000-7{kind}00-8000-{chat[-4:]}{pair:08x}" for kind in (1, 2, 3))
        question = (f"Question {pair}. " + "word " * (size // 5))[:max(size, 40)]
        answer = f"Answer {pair}.\\n\\n- one\\n- **two**\\n\\n\`\`\`js\\nlet x = {pair};\\n\`\`\`\\n"
        for id, role, before, made_by, text in (
            (asked, "user", parent, None, question), (answered, "assistant", asked, turn, answer)):
            parts = json.dumps([{"kind": "text", "text": text}])
            db.execute("INSERT INTO message (id, chat_id, parent_id, role, turn_id, created_at, bytes, parts)"
                       " VALUES (?,?,?,?,?,?,?,?)", (id, chat, before, role, made_by, at, len(parts), parts))
        db.execute("INSERT INTO turn (id, chat_id, question_id, answer_id, model, state, finish, usage, total_ms, started_at)"
                   " VALUES (?,?,?,?,'scripted/scripted-1','finished','{\\"kind\\":\\"stop\\"}',?,5,?)",
                   (turn, chat, asked, answered, usage, at))
        parent = answered
    db.execute("UPDATE chat SET leaf_id = ? WHERE id = ?", (parent, chat))
`;

/** Fills an empty chat with questions and answers, `messages` in all; questions are `size` characters long. */
export function seedLongChat(home: string, chatId: string, messages: number, size = 40): void {
  const database = path.join(home, 'data/rearview.db');
  execFileSync('python3', ['-c', SCRIPT, database, chatId, String(messages), String(size)]);
}
