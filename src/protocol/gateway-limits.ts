import type { Limit } from './limits.ts';

// The part of limits.ts that is about connections from outside, and about the thread that answers HTTP.

export const gatewayLimits = {
  connectionsMax: {
    value: 12_000,
    why: '10,000 dashboards and the reconnects of a storm',
    atLimit: 'the upgrade is refused with 503 and Retry-After',
  },
  openingsPerSecondMax: {
    value: 2_000,
    why: 'opening a connection costs about a tenth of a millisecond; a storm of them must not take a frame from the rest',
    atLimit: 'the upgrade waits its turn',
  },
  openingsWaitingMax: {
    value: 4_096,
    why: 'two seconds of a storm',
    atLimit: 'the upgrade is refused with 503 and Retry-After',
  },
  sendersMax: {
    value: 64,
    why: 'more threads than cores only take turns; each keeps a ring of every room',
    atLimit: 'the broker does not start',
  },
  unreadMs: {
    value: 1_000,
    why: 'a dashboard that has not read what was sent a second ago does not show what is now, whatever its socket still takes',
    atLimit: 'it is sent no more until it has; then it goes on where it was, or is told lagged(n) and gets a snapshot',
  },
  unreadBytesMin: {
    value: 65_536,
    why: 'a quarter of a second of a burst: less than this is not worth a question',
    atLimit: 'it is asked with a ping what it has read, once in unreadMs',
  },
  unreadBytesMax: {
    value: 4_194_304,
    why: 'more than a second of 5,000 events/s: what the kernel may have to keep for one dashboard that reads nothing',
    atLimit: 'it is sent no more until it has answered a ping',
  },
  stalledBytesMax: {
    value: 33_554_432,
    why: 'a room (of a sender): twice the ring, in segments that the ring has left behind and sockets have not taken yet',
    atLimit: 'the connections that hold the oldest of it are closed with 4000 (come back)',
  },
  compressStreamBytes: {
    value: 65_536,
    why: 'a flush of 8 ms at ten times the burst has a third of it; further back than 32 KB deflate does not look',
    atLimit: 'a new stream begins; a flush beyond it goes out plain',
  },
  compressGenerationMs: {
    value: 5_000,
    why: 'how long a dashboard that has just come gets plain frames at most; a burst begins a new stream sooner',
    atLimit: 'a new stream begins',
  },
  compressSnapshotBytesMax: {
    value: 262_144,
    why: 'five times the largest snapshot of a room as it is by default',
    atLimit: 'the snapshot goes out plain',
  },
  clientMessageBytesMax: {
    value: 4_096,
    why: 'clients have little to say',
    atLimit: 'the connection is closed with 1009',
  },
  clientMessagesPerSecondMax: {
    value: 20,
    why: 'clients have little to say',
    atLimit: 'the connection is closed with 4505',
  },
  pushMessageBytesMax: {
    value: 65_536,
    why: 'some hundred events, copied to the thread that reads them and back; larger pushes go over HTTP',
    atLimit: "the pusher's connection is closed with 1009",
  },
  pushWindowMax: {
    value: 8,
    why: 'messages of one pusher that the log does not have yet: enough that a pusher never waits for a round trip',
    atLimit: "the pusher's socket is not read until an ack was sent",
  },
  pushConnectionsMax: {
    value: 64,
    why: 'programs that push; each holds at most a window of messages',
    atLimit: 'the connection is closed with 4002 (come back)',
  },
  pushPingMs: {
    value: 15_000,
    why: 'a pusher that has vanished without a word is an interruption, and should be told within half a minute',
    atLimit: 'the pusher is pinged; one that has not answered by the next ping is cut off',
  },
  closeMs: {
    value: 5_000,
    why: 'a peer that is there answers a close frame within a round trip',
    atLimit: 'the socket is destroyed',
  },
  requestBytesMax: {
    value: 1_048_576,
    why: 'HTTP bodies are small settings and pushes',
    atLimit: 'answered 413',
  },
  httpRequestsMax: {
    value: 1_000,
    why: 'every dashboard loading its page at once; about 10 KB each',
    atLimit: 'answered 503 with Retry-After',
  },
  httpPipelinedMax: {
    value: 16,
    why: 'no browser sends requests without waiting for answers; what does is held to a few',
    atLimit: 'the connection is closed',
  },
  httpHeaderBytesMax: {
    value: 16_384,
    why: 'cookies and tokens included, headers are a few kilobytes',
    atLimit: 'answered 431, and the connection is closed',
  },
  httpHeaderMs: {
    value: 10_000,
    why: 'the head of a request fits one packet; what comes slower is a slow network or an attack',
    atLimit: 'answered 408, and the connection is closed',
  },
  httpAnswerMs: {
    value: 30_000,
    why: 'nobody looks at a page that long; exports begin at once and go on for as long as they are read',
    atLimit: 'answered 503, or the connection is closed where the answer had begun',
  },
  httpChunkBytes: {
    value: 65_536,
    why: 'one piece of an answer costs the hot thread about 30 microseconds',
    atLimit: 'the next piece waits until this one was taken',
  },
  httpPiecesPerTurnMax: {
    value: 16,
    why: 'at most half a millisecond of answers in one turn of the hot loop',
    atLimit: 'the rest follows in the next turn',
  },
  asksPendingMax: {
    value: 64,
    why: 'questions of the cold thread to the hot one (rooms, snapshots): each is answered within a turn',
    atLimit: 'answered 503',
  },
  askMs: {
    value: 2_000,
    why: 'an answer takes a turn of the hot loop; longer means that it is stuck',
    atLimit: 'answered 503',
  },
  commandsPendingMax: {
    value: 64,
    why: 'commands of operators and programs that are being carried out; each is over when the log has its event',
    atLimit: 'answered 503, and not begun',
  },
  commandMs: {
    value: 20_000,
    why: 'a disk that stalls longer than this is told to whoever waits, instead of nothing',
    atLimit: 'answered 503: it may still be carried out',
  },
  logLinesPendingMax: {
    value: 2_000,
    why: 'what a slow terminal may hold up; a healthy broker writes a few lines a minute',
    atLimit: 'further lines are dropped and counted; the next one that gets through says how many',
  },
  metricTablesMax: {
    value: 4_096,
    why: 'a dozen tables for each of some hundred rooms',
    atLimit: 'an assertion: more rooms than a broker is made for',
  },
} as const satisfies Record<string, Limit>;
