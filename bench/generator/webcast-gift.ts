import { gzipSync } from 'node:zlib';
import { ProtobufWriter } from './protobuf-writer.ts';
import { eventId, noise } from './world.ts';
import type { GiftKind, GiftStep, Viewer } from './world.ts';

// Webcast messages of real size: a recorded gift message has 5.2 to 5.9 KB (1.4 to 1.7 KB in gzip), most of it the
// viewer, told twice: as the sender and inside the text to display. The same shape here, with invented contents.
// Field numbers: `WebcastGiftMessage`, `User`, `Gift`, `CommonMessageData` in src/protocol/webcast/webcast.proto.

export const roomId = '7300000000000000001';
const hostId = '6700000000000000001';
const method = 'WebcastGiftMessage';

/** What acknowledgements have to carry back, of real length. */
const internalExt = `fetch_time:1700000000000|start_time:0|fetch_id:1700000000000|flag:0|seq:1|next_cursor:bench|wss_info:0-1-0`;

export class GiftEncoder {
  readonly #wallStartMs: number;
  readonly #users = new Map<string, Buffer>();
  readonly #texts = new Map<string, Buffer>();
  readonly #gifts = new Map<number, Buffer>();

  /** `wallStartMs`: Unix time of the schedule's start, for the messages' own times. */
  constructor(wallStartMs: number) {
    this.#wallStartMs = wallStartMs;
  }

  /** A push frame with one gift message per step; `firstIndex` is the schedule index of the first. */
  pushFrame(steps: readonly GiftStep[], firstIndex: number, dueMs: number): Buffer {
    const result = new ProtobufWriter(16_384);
    for (const [offset, step] of steps.entries()) {
      const id = eventId(firstIndex + offset);
      const gift = this.#giftMessage(step, id, dueMs);
      result.message(1, (message) => message.text(1, method).bytes(2, gift).long(3, id).varint(4, 1));
    }
    result.text(2, `bench-${firstIndex}`).varint(4, this.#at(dueMs)).text(5, internalExt).varint(9, 1);
    return new ProtobufWriter(8_192)
      .varint(1, firstIndex + 1)
      .varint(2, 1_000_000 + firstIndex)
      .varint(3, 8_888)
      .varint(4, 8)
      .message(5, (header) => header.text(1, 'compress_type').text(2, 'gzip'))
      .text(6, 'pb')
      .text(7, 'msg')
      .bytes(8, gzipSync(result.finish()))
      .finish();
  }

  #at(dueMs: number): number {
    return this.#wallStartMs + Math.floor(dueMs);
  }

  #giftMessage(step: GiftStep, id: string, dueMs: number): Buffer {
    const at = this.#at(dueMs);
    const { viewer, gift } = step;
    return new ProtobufWriter(8_192)
      .message(1, (common) => {
        common.text(1, method).long(2, id).long(3, roomId).varint(4, at).varint(6, 1);
        common.text(7, `${viewer.name}: sent ${gift.name}`).bytes(8, this.#text(viewer, gift));
      })
      .varint(2, gift.id)
      .varint(3, step.added * gift.price)
      .varint(4, 1)
      .varint(5, step.repeatCount)
      .varint(6, step.repeatCount)
      .bytes(7, this.#user(viewer))
      .varint(9, step.end ? 1 : 0)
      .long(11, step.group)
      .varint(13, 1_000)
      .message(14, (priority) => priority.text(1, 'bench-queue-of-gifts-by-size').varint(2, 1))
      .bytes(15, this.#gift(gift))
      .text(16, `2023010100000000000000${id.slice(-12)}`)
      .varint(17, step.end ? 0 : 1)
      .message(23, (monitor) => monitor.long(1, hostId).varint(6, at).long(8, hostId))
      .text(28, id.slice(-10))
      .finish();
  }

  #user(viewer: Viewer): Buffer {
    let bytes = this.#users.get(viewer.id);
    if (bytes === undefined) this.#users.set(viewer.id, (bytes = userMessage(viewer)));
    return bytes;
  }

  #text(viewer: Viewer, gift: GiftKind): Buffer {
    const key = `${viewer.id} ${gift.id}`;
    let bytes = this.#texts.get(key);
    if (bytes !== undefined) return bytes;
    bytes = new ProtobufWriter(4_096)
      .text(1, 'pm_mt_webcast_gift_send_message')
      .text(2, '{0:user} sent {1:gift}')
      .message(3, (format) => format.text(1, '#FFFFFFFF').varint(4, 400))
      .message(4, (piece) => {
        piece.varint(1, 11).message(2, (format) => format.text(1, '#FF8CE7FF').varint(4, 400));
        piece.message(21, (value) => value.bytes(1, this.#user(viewer)).varint(2, 1));
      })
      .message(4, (piece) => piece.varint(1, 12).message(22, (value) => value.varint(1, gift.id)))
      .finish();
    this.#texts.set(key, bytes);
    return bytes;
  }

  #gift(gift: GiftKind): Buffer {
    let bytes = this.#gifts.get(gift.id);
    if (bytes !== undefined) return bytes;
    bytes = new ProtobufWriter(1_024)
      .message(1, (image) => imageFields(image, `gift-${gift.id}-image`, 2))
      .text(2, 'sent one')
      .varint(5, gift.id)
      .varint(7, 1)
      .varint(10, gift.type === 1 ? 1 : 0)
      .varint(11, gift.type)
      .varint(12, gift.price)
      .text(16, gift.name)
      .message(21, (image) => imageFields(image, `gift-${gift.id}-icon`, 2))
      .finish();
    this.#gifts.set(gift.id, bytes);
    return bytes;
  }
}

function imageFields(image: ProtobufWriter, name: string, urls: number): void {
  for (let url = 0; url < urls; url++)
    image.text(1, `https://pictures${url}.example/img/webcast-bench/${name}~tplv-obj.webp`);
  image.text(2, `webcast-bench/${name}`).text(5, '#A3B2C1');
}

function userMessage(viewer: Viewer): Buffer {
  const user = new ProtobufWriter(4_096).long(1, viewer.id).text(3, viewer.name);
  user.message(9, (image) => {
    for (let host = 0; host < 3; host++) image.text(1, viewer.avatar.replace('pictures', `pictures${host}`));
    image.text(
      1,
      `${viewer.avatar.replace('.webp', '.jpeg')}&shp=bench&shcp=fdd36af4&idc=bench&x-signature=${noise(viewer.id).slice(0, 28)}`,
    );
    image.text(2, '100x100/tos-bench-avt-0068');
  });
  user
    .message(22, (follow) => follow.varint(1, 120).varint(2, 3_400).varint(3, 1))
    .message(23, (grade) => grade.varint(6, 12));
  user.text(38, viewer.handle).text(46, `BENCHwLjABAAAA${noise(`secret ${viewer.id}`)}`);
  for (const [scene, icon] of [
    [8, 'grade_badge_icon_lite_lv10_v1.png'],
    [10, 'fans_badge_icon_lv3_v0.png'],
  ] as const) {
    user.message(64, (badge) => badgeFields(badge, viewer, scene, icon));
  }
  return user.text(1028, viewer.id).finish();
}

function badgeFields(badge: ProtobufWriter, viewer: Viewer, scene: number, icon: string): void {
  badge.varint(1, 4).varint(2, 20).varint(3, scene).varint(4, 1).varint(5, 1).varint(7, 0);
  badge.text(
    10,
    `bench://webcast_lynxview_popup?type=popup&gravity=bottom&width=100%25&url=https%3A%2F%2Fpages.example%2F${scene}`,
  );
  badge.varint(11, 1);
  badge.message(12, (log) => log.text(1, '2').text(2, viewer.id).text(5, '12'));
  badge.message(23, (combine) => {
    combine
      .varint(1, 4)
      .message(2, (image) => imageFields(image, icon, 3))
      .text(4, '12');
    combine.message(5, (padding) => padding.varint(1, 1).varint(2, 2).varint(5, 32).varint(6, 2));
    combine.message(6, (font) => font.varint(1, 10).varint(2, 600).text(3, '#FFFFFFFF').text(4, '#7F7F7F7F'));
    combine.message(11, (background) =>
      background.message(1, (image) => imageFields(image, `bg-${icon}`, 1)).text(2, '#B3475AFF'),
    );
  });
}
