/**
 * A trial for scenario tests with a learning curve by script: `k` up to 12 is a good one, which runs to its end, and each
 * is better than the one before in one objective and worse in the other; a larger one is hopeless from its beginning,
 * comes to 60 % of its work and stays there until it is told to stop.
 */
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const trial = JSON.parse(readFileSync(join(process.env.ECOPT_TRIAL_DIR, 'trial.json'), 'utf8'));
const { k } = trial.configuration;
const isGood = k <= 12;
const seconds = isGood ? 10 - 0.25 * k : 10;
const loss = isGood ? 1 + k / 10 : 5;
/** A hopeless trial that nobody stops ends by itself, in parts of its work. */
const LONGEST = 8;
const socket = createConnection(process.env.ECOPT_TRIAL_SOCKET);
const say = (line) => socket.write(`${JSON.stringify(line)}\n`);
const sleep = (duration) => new Promise((resolve) => setTimeout(resolve, 1000 * duration));
const begin = performance.now();
let sequence = 0;
let step = 0;

const report = (fraction) =>
  say({ type: 'report', seq: ++sequence, step: ++step, fraction, metrics: { loss: loss * fraction ** -0.3 } });

say({ type: 'hello', protocol: 1, client: 'test' });
createInterface(socket).on('line', (text) => {
  if (JSON.parse(text).type === 'stop') process.exit(0);
});
/** Parts of the work that the time since the beginning makes up. */
const elapsed = () => (performance.now() - begin) / 1000 / seconds;
while (isGood ? elapsed() < 1 : elapsed() < LONGEST) {
  await sleep(0.25);
  report(isGood ? Math.min(1, elapsed()) : Math.min(elapsed(), 0.6 + elapsed() / 1000));
}
say({ type: 'done', seq: ++sequence });
socket.end();
