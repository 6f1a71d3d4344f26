/**
 * A trial for scenario tests that speaks the trial protocol: it prints its loss and runs a window of 100 ms for as long as
 * the agent wants it again.
 */
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const trial = JSON.parse(readFileSync(join(process.env.ECOPT_TRIAL_DIR, 'trial.json'), 'utf8'));
const socket = createConnection(process.env.ECOPT_TRIAL_SOCKET);
const say = (line) => socket.write(`${JSON.stringify(line)}\n`);
const now = () => String(process.hrtime.bigint());
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
let sequence = 0;
let ordinal = 0;

async function window() {
  const mark = { type: 'window', kind: 'infer', label: 'predict', ordinal };
  ordinal += 1;
  say({ ...mark, seq: ++sequence, edge: 'open', monotonic_ns: now() });
  await sleep(0.1);
  say({ ...mark, seq: ++sequence, edge: 'close', items: 10, unit: 'sample', monotonic_ns: now() });
  say({ type: 'repeat', id: ordinal, kind: 'infer', label: 'predict' });
}

say({ type: 'hello', protocol: 1, client: 'test' });
await window();
for await (const text of createInterface(socket)) {
  const line = JSON.parse(text);
  if (line.type === 'refused') throw new Error(line.message);
  if (line.type !== 'repeat') continue;
  if (!line.again) break;
  await sleep(line.delay_seconds);
  await window();
}
console.log(`loss=${((trial.configuration.x - 0.3) ** 2 + 0.1).toFixed(6)}`);
say({ type: 'done', seq: ++sequence });
socket.end();
