import { defineConfig } from 'vitest/config';

/**
 * `unit` needs no server, no network and no build; `scenario` runs the built program with real servers; `bench` prints
 * tables and is run by name only.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/{shared,coordinator,agent,contract}/**/*.test.ts', 'tests/architecture.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'scenario',
          include: ['tests/{scenario,browser}/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      { test: { name: 'bench', include: ['tests/bench/**/*.ts'], testTimeout: 3_600_000, fileParallelism: false } },
    ],
  },
});
