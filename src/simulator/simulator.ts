// The door of simulator/: a LIVE that is served as TikTok would, with what goes wrong with it on command.

export { WebcastServer } from './webcast-server.ts';
export { webcastTroubles } from './webcast-troubles.ts';
