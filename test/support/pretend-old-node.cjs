'use strict';

// Preloaded (`node -r`) to make a process look like an old Node to the launcher: its version, and no execve.
Object.defineProperty(process.versions, 'node', { value: '20.1.0' });
process.execve = undefined;
