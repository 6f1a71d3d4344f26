/**
 * A trial for scenario tests: a plain program that takes `--x`, prints its loss and may be held at a gate.
 *
 * While the file `<gate>/hold` exists it waits, having written `<gate>/running-<pid>`, so that a test knows when a trial
 * is under way and decides when it goes on.
 */
import { existsSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const argument = (name) => process.argv[process.argv.indexOf(name) + 1];
const x = Number(argument('--x'));
const gate = argument('--gate');

if (gate && existsSync(join(gate, 'hold'))) {
  const mark = join(gate, `running-${process.pid}`);
  await new Promise((resolve) => {
    const watcher = watch(gate, () => {
      if (existsSync(join(gate, 'hold'))) return;
      watcher.close();
      resolve(undefined);
    });
    writeFileSync(mark, '');
  });
  rmSync(mark, { force: true });
}

let sum = 0;
const end = process.hrtime.bigint() + 60_000_000n;
while (process.hrtime.bigint() < end) sum += Math.sqrt(sum + 1);
console.log(`loss=${((x - 0.3) ** 2 + 0.1).toFixed(6)} secret_test=0.424242 ${sum > 0 ? '' : sum}`);
