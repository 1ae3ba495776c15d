import type { DescMessage } from '@bufbuild/protobuf';
import { file_webcast } from '../../protocol/webcast/webcast_pb.ts';

/** The message of webcast.proto that a method carries; undefined where there is none. */
export function schemaOf(method: string): DescMessage | undefined {
  return byName.get(method);
}

const byName: ReadonlyMap<string, DescMessage> = new Map(
  file_webcast.messages.map((message) => [message.name, message]),
);
