import { runOwnProgram } from './own/own-program.js';

await runOwnProgram();
