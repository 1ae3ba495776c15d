// The door for simulations: the journal with its disk, its thread and its time replaced.

export type { Disk } from '../disk.ts';
export { checkEveryCut, type PowerReport, recordLife } from './power-check.ts';
export type { Survival } from './power-loss.ts';
export { type DiskImage, type DiskOperation, SimulatedDisk } from './simulated-disk.ts';
export { SimulatedThread, type SimulatedThreadOptions } from './simulated-thread.ts';
