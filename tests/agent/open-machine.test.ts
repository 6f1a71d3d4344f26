import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { AgentContext } from '../../agent/agent-context.js';
import { openMeterWith } from '../../agent/open-machine.js';
import { UsageError } from '../../shared/domain/errors.js';
import { temporaryFolder } from './temporary-folder.js';

test.each(['none', 'file', 'file/below'])('ECOPT_SYSFS_ROOT that is no folder (%s) is refused', async (name) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const root = join(folder, name);
  const context = { environment: { ECOPT_SYSFS_ROOT: root } } as unknown as AgentContext;
  const opened = openMeterWith({}, context);
  await expect(opened).rejects.toThrow(UsageError);
  await expect(opened).rejects.toThrow(`ECOPT_SYSFS_ROOT ${root}: is no folder`);
});
