// The door for simulations: the journal with its disk, its thread and its time replaced.

export { type Disk, DiskError } from '../disk.ts';
export { InlineJournal } from '../inline-journal.ts';
export { recoverLog } from '../recovery.ts';
export { logDirectory } from '../segment.ts';
export { checkEveryCut, type PowerReport, recordLife } from './power-check.ts';
export { PowerLoss, type Survival, survivals } from './power-loss.ts';
export { type DiskImage, type DiskOperation, SimulatedDisk } from './simulated-disk.ts';
export { SimulatedThread, type SimulatedThreadOptions } from './simulated-thread.ts';
