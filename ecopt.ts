#!/usr/bin/env node
/** The one command, `ecopt`: hands over to the agent's or the coordinator's side by its first word. */

const AGENT_WORDS = new Set(['agent', 'calibrate-meter', 'doctor', 'measure', 'try']);

const argv = process.argv.slice(2);
const side = AGENT_WORDS.has(argv[0] ?? '') ? import('./agent/main.js') : import('./coordinator/main.js');
process.exitCode = await (await side).main(argv);
