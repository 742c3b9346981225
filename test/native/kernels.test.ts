import fc from 'fast-check';
import t, { type Test } from 'tap';
import { native, type I420, type RectPx } from '../../native/index.js';
import { numbers, paint, picture, planes, samples } from './support/pictures.js';

const SEED = { seed: 20_261_123 };

function holds<Values>(t: Test, property: fc.IProperty<Values>, numRuns = 200): void {
  t.doesNotThrow(() => fc.assert(property, { ...SEED, numRuns }));
}

function noise(target: I420, seed: number): I420 {
  const random = numbers(seed);
  return paint(target, () => Math.floor(random() * 256));
}

/** A slow wave: no detail that a scaler could miss, so that two good scalers agree. */
function wave(target: I420, seed: number): I420 {
  const random = numbers(seed);
  const [across, down] = [random() * 4 + 1, random() * 4 + 1];
  return paint(target, (plane, x, y) => {
    const { width, height } = planes(target)[plane] ?? { width: 1, height: 1 };
    return Math.round(128 + 60 * Math.sin((across * x) / width + plane) + 60 * Math.cos((down * y) / height));
  });
}

const evenUpTo = (limit: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: limit / 2 }).map((half) => half * 2);

interface ScaleCase {
  seed: number;
  spare: number;
  source: { width: number; height: number };
  from: RectPx;
  to: RectPx;
}

/** Any part of any source, to any even place of a canvas of 200x120. */
const scaleCase: fc.Arbitrary<ScaleCase> = fc
  .record({
    seed: fc.nat(),
    spare: fc.nat(9),
    source: fc.record({ width: fc.integer({ min: 1, max: 300 }), height: fc.integer({ min: 1, max: 200 }) }),
    size: fc.record({ width: evenUpTo(200), height: evenUpTo(120) }),
  })
  .chain(({ seed, spare, source, size }) =>
    fc.tuple(fc.nat(source.width - 1), fc.nat(source.height - 1), fc.nat((200 - size.width) / 2), fc.nat((120 - size.height) / 2)).map(
      ([x, y, toX, toY]) => ({
        ...{ seed, spare, source },
        from: { x, y, width: source.width - x, height: source.height - y },
        to: { x: toX * 2, y: toY * 2, ...size },
      }),
    ),
  );

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? 0;
  return sum / values.length;
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? 0))), 0);
}

t.test('fill sets the rectangle and nothing else', async (t) => {
  const property = fc.property(fc.nat(), fc.nat(9), evenUpTo(60), evenUpTo(40), (seed, spare, width, height) => {
    const random = numbers(seed);
    const canvas = noise(picture(width, height, spare), seed);
    const expected = structuredClone(canvas);
    const even = (limit: number): number => Math.floor(random() * (limit / 2)) * 2;
    const [x, y] = [even(width), even(height)];
    const rect = { x, y, width: even(width - x) + 2, height: even(height - y) + 2 };
    const colour = [random, random, random].map((next) => Math.floor(next() * 256)) as [number, number, number];
    native().fill(canvas, rect, ...colour);
    planes(expected).forEach((plane, index) => {
      const shift = index === 0 ? 0 : 1;
      for (let row = rect.y >> shift; row < (rect.y + rect.height) >> shift; row++) {
        const start = row * plane.stride;
        plane.data.fill(colour[index] ?? 0, start + (rect.x >> shift), start + ((rect.x + rect.width) >> shift));
      }
    });
    return planes(canvas).every((plane, index) => Buffer.compare(plane.data, planes(expected)[index]?.data ?? plane.data.subarray(1)) === 0);
  });
  holds(t, property);
});

t.test('scaling to the same size is a copy', async (t) => {
  const property = fc.property(fc.nat(), fc.nat(9), fc.boolean(), evenUpTo(90), evenUpTo(60), (seed, spare, fast, width, height) => {
    const source = noise(picture(width + 7, height + 5, spare), seed);
    const canvas = picture(width + 6, height + 4, spare);
    const from = { x: 2, y: 4, width, height };
    const to = { x: 4, y: 2, width, height };
    native().scale(canvas, to, source, from, fast);
    return Buffer.compare(samples(canvas, to), samples(source, from)) === 0;
  });
  holds(t, property);
});

t.test('scaling touches its rectangle only, and reads its part of the source only', async (t) => {
  const property = fc.property(scaleCase, fc.boolean(), ({ seed, spare, source, from, to }, fast) => {
    const results = [0, 255].map((outside) => {
      const canvas = paint(picture(200, 120, spare), () => 7);
      for (const plane of planes(canvas)) plane.data.fill(7);
      const from420 = (plane: number, x: number, y: number): boolean => {
        const shift = plane === 0 ? 0 : 1;
        return x < from.x >> shift || y < from.y >> shift;
      };
      const random = numbers(seed);
      const input = picture(source.width, source.height, spare);
      for (const plane of planes(input)) plane.data.fill(outside);
      paint(input, (plane, x, y) => {
        const value = Math.floor(random() * 256);
        return from420(plane, x, y) ? outside : value;
      });
      native().scale(canvas, to, input, from, fast);
      return canvas;
    });
    const [dark, light] = results as [I420, I420];
    const same = Buffer.compare(samples(dark), samples(light)) === 0;
    native().fill(dark, to, 7, 7, 7);
    return same && planes(dark).every((plane) => plane.data.every((value) => value === 7));
  });
  holds(t, property);
});

t.test('the fast scaler agrees with its plain twin within 3 levels on slow pictures', async (t) => {
  const property = fc.property(scaleCase, ({ seed, spare, source, from, to }) => {
    const input = wave(picture(source.width, source.height, spare), seed);
    const [fast, plain] = [picture(200, 120), picture(200, 120)];
    native().scale(fast, to, input, from, true);
    native().scale(plain, to, input, from, false);
    // What one step of the source is worth; the twins may place a sample by half a step differently.
    const step = Math.max(...[0, 1, 2].map((plane) => steepest(input, plane)));
    return largestDifference(samples(fast, to), samples(plain, to)) <= 3 + step / 2;
  });
  holds(t, property);
});

t.test('down to a half the fast scaler is within 2 levels of its plain twin on any picture', async (t) => {
  const sized = fc.record({ width: fc.integer({ min: 4, max: 400 }), height: fc.integer({ min: 4, max: 90 }) });
  const property = fc.property(sized, fc.nat(), fc.nat(9), fc.nat(), fc.nat(), ({ width, height }, seed, spare, lessWide, lessHigh) => {
    // Even sizes between a half and the whole; less by two at least, as equal sides are libyuv's.
    const side = (size: number, less: number): number => {
      const [least, most] = [Math.ceil(size / 4), Math.ceil(size / 2) - 1];
      return 2 * (least + (less % Math.max(1, most - least + 1)));
    };
    const [toWidth, toHeight] = [side(width, lessWide), side(height, lessHigh)];
    const input = noise(picture(width, height, spare), seed);
    const whole = { x: 0, y: 0, width, height };
    const to = { x: 0, y: 0, width: toWidth, height: toHeight };
    const [fast, plain] = [picture(toWidth, toHeight, spare), picture(toWidth, toHeight)];
    native().scale(fast, to, input, whole, true);
    native().scale(plain, to, input, whole, false);
    return largestDifference(fast.y.filter((_, at) => at % fast.strideY < toWidth), plain.y) <= 2;
  });
  holds(t, property);
});

t.test('far below a half, too: both halve first', async (t) => {
  const property = fc.property(fc.nat(), fc.nat(9), fc.integer({ min: 4, max: 40 }), fc.double({ min: 2.2, max: 9, noNaN: true }), (seed, spare, half, times) => {
    const to = { x: 0, y: 0, width: 2 * half, height: 2 * Math.ceil(half / 2) };
    const [width, height] = [to.width, to.height].map((side) => Math.ceil(side * times)) as [number, number];
    const input = noise(picture(width, height, spare), seed);
    const [fast, plain] = [true, false].map((isFast) => {
      const canvas = picture(to.width, to.height);
      native().scale(canvas, to, input, { x: 0, y: 0, width, height }, isFast);
      return canvas;
    }) as [I420, I420];
    return largestDifference(samples(fast), samples(plain)) <= 3;
  });
  holds(t, property);
});

function steepest(of: I420, plane: number): number {
  const { data, stride, width, height } = planes(of)[plane] ?? planes(of)[0];
  let most = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = data[y * stride + x] ?? 0;
      if (x > 0) most = Math.max(most, Math.abs(value - (data[y * stride + x - 1] ?? 0)));
      if (y > 0) most = Math.max(most, Math.abs(value - (data[(y - 1) * stride + x] ?? 0)));
    }
  }
  return most;
}

t.test('a screen made smaller keeps its brightness: no sample is skipped', async (t) => {
  // Thin lines, black on white, every third column: their mean is 170. Interpolating at two thirds of the size
  // counts every third sample two thirds as much as the others, 175 at most; one that is skipped counts nothing.
  const source = paint(picture(1920, 1080), (_, x) => (x % 3 === 0 ? 0 : 255));
  for (const [width, height] of [[1528, 860], [960, 540], [640, 360], [384, 216]] as const) {
    const to = { x: 0, y: 0, width, height };
    for (const fast of [true, false]) {
      const canvas = picture(width, height);
      native().scale(canvas, to, source, { x: 0, y: 0, width: 1920, height: 1080 }, fast);
      const mean = meanOf(canvas.y);
      t.ok(Math.abs(mean - 170) < 6, `${width}x${height} ${fast ? 'fast' : 'plain'}: ${mean.toFixed(1)}`);
    }
  }
});

/** Sizes of any parity, rows with and without spare bytes. */
const colourCase = fc.record({
  seed: fc.nat(),
  spare: fc.nat(9),
  width: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 500, max: 1100 })),
  height: fc.integer({ min: 1, max: 9 }),
});

t.test('BT.601 to BT.709: the fast kernel equals its plain twin, in place or not, and writes nothing else', async (t) => {
  const property = fc.property(colourCase, fc.boolean(), ({ seed, spare, width, height }, inPlace) => {
    const source = noise(picture(width, height, spare), seed);
    const [fast, plain] = [true, false].map((isFast) => {
      const input = structuredClone(source);
      const target = inPlace ? input : noise(picture(width, height, spare + 1), seed + 1);
      native().toBt709(target, input, isFast);
      return target;
    }) as [I420, I420];
    // The whole planes: what lies between rows is still zero in both.
    return planes(fast).every((plane, index) => Buffer.compare(plane.data, planes(plain)[index]?.data ?? plane.data.subarray(1)) === 0);
  });
  holds(t, property);
});

/** ITU-R BT.601-7 and BT.709-6: luma's weights of red and blue. */
const [RED_601, BLUE_601, RED_709, BLUE_709] = [0.299, 0.114, 0.2126, 0.0722];

/** Limited-range samples of BT.601 to those of BT.709 by way of red, green and blue; cut to bytes. */
function exactBt709(y: number, u: number, v: number): [number, number, number] {
  const [luma, bluish, reddish] = [(y - 16) / 219, (u - 128) / 224, (v - 128) / 224];
  const red = luma + 2 * (1 - RED_601) * reddish;
  const blue = luma + 2 * (1 - BLUE_601) * bluish;
  const green = (luma - RED_601 * red - BLUE_601 * blue) / (1 - RED_601 - BLUE_601);
  const weighed = RED_709 * red + (1 - RED_709 - BLUE_709) * green + BLUE_709 * blue;
  const cut = (value: number): number => Math.max(0, Math.min(255, value));
  return [
    cut(16 + 219 * weighed),
    cut(128 + (224 * (blue - weighed)) / (2 * (1 - BLUE_709))),
    cut(128 + (224 * (red - weighed)) / (2 * (1 - RED_709))),
  ];
}

t.test('BT.601 to BT.709 is within one level of the exact formula, each pixel by the chroma that covers it', async (t) => {
  const property = fc.property(colourCase, fc.boolean(), ({ seed, spare, width, height }, fast) => {
    const source = noise(picture(width, height, spare), seed);
    const target = picture(width, height);
    native().toBt709(target, source, fast);
    const chromaAt = (plane: Uint8Array, x: number, y: number): number => plane[(y >> 1) * source.strideU + (x >> 1)] ?? 0;
    let most = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const exact = exactBt709(source.y[y * source.strideY + x] ?? 0, chromaAt(source.u, x, y), chromaAt(source.v, x, y));
        const chroma = (y >> 1) * target.strideU + (x >> 1);
        const found = [target.y[y * target.strideY + x], target.u[chroma], target.v[chroma]];
        found.forEach((value, index) => (most = Math.max(most, Math.abs((value ?? 0) - (exact[index] ?? 0)))));
      }
    }
    return most <= 1;
  });
  holds(t, property, 60);
});

t.test('grey is the same in BT.601 and BT.709', async (t) => {
  const source = paint(picture(256, 2), (plane, x) => (plane === 0 ? x : 128));
  for (const fast of [true, false]) {
    const target = picture(256, 2);
    native().toBt709(target, source, fast);
    t.same(samples(target), samples(source));
  }
});

t.test('mixing adds with a gain, for the shorter of the two', async (t) => {
  const sound = fc.float32Array({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2, maxLength: 200 });
  const property = fc.property(sound, sound, fc.float({ noNaN: true, min: -2, max: 2 }), (target, source, gain) => {
    const expected = target.map((value, index) => (index < source.length ? value + Math.fround(gain * (source[index] ?? 0)) : value));
    native().mixInto(target, source, gain);
    return target.every((value, index) => Math.abs(value - (expected[index] ?? 0)) <= 1e-6);
  });
  holds(t, property);
});

t.test('CRC-32C of the published vectors', async (t) => {
  // RFC 3720 appendix B.4.
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  const vectors: [string, Uint8Array, number][] = [
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['0 to 31', ascending, 0x46dd794e],
    ['31 to 0', ascending.slice().reverse(), 0x113fdb5c],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
  ];
  for (const [name, data, expected] of vectors) {
    t.equal(native().crc32c(data), expected, name);
    t.equal(native().crc32cTable(data), expected, `${name}, by table`);
  }
});

t.test('CRC-32C by instruction and by table are equal, in one piece or several', async (t) => {
  const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(7), (data, cut, skip) => {
    const part = data.subarray(Math.min(skip, data.length));
    const whole = native().crc32c(part);
    const pieces = native().crc32c(part.subarray(cut), native().crc32c(part.subarray(0, cut)));
    return whole === pieces && whole === native().crc32cTable(part);
  });
  holds(t, property);
});

t.test('what does not fit is refused before anything is read', async (t) => {
  const good = (): I420 => picture(8, 6);
  const rect = { x: 0, y: 0, width: 8, height: 6 };
  const bad: [string, () => void][] = [
    ['a short luma plane', () => native().fill({ ...good(), y: new Uint8Array(47) }, rect, 0, 0, 0)],
    ['a short chroma plane', () => native().fill({ ...good(), v: new Uint8Array(11) }, rect, 0, 0, 0)],
    ['a stride below the width', () => native().fill({ ...good(), strideY: 7 }, rect, 0, 0, 0)],
    ['a stride beyond the plane', () => native().fill({ ...good(), strideU: 5 }, rect, 0, 0, 0)],
    ['a negative stride', () => native().fill({ ...good(), strideV: -4 }, rect, 0, 0, 0)],
    ['a size that is no number', () => native().fill({ ...good(), width: Number.NaN }, rect, 0, 0, 0)],
    ['a size of half a pixel', () => native().fill({ ...good(), height: 5.5 }, rect, 0, 0, 0)],
    ['a size of nothing', () => native().fill({ ...good(), height: 0 }, rect, 0, 0, 0)],
    ['a huge size', () => native().fill({ ...good(), width: 1 << 30, strideY: 1 << 30 }, rect, 0, 0, 0)],
    ['planes of another type', () => native().fill({ ...good(), y: new Float32Array(48) as unknown as Uint8Array }, rect, 0, 0, 0)],
    ['no picture', () => native().fill(null as unknown as I420, rect, 0, 0, 0)],
    ['an odd rectangle', () => native().fill(good(), { ...rect, x: 1, width: 6 }, 0, 0, 0)],
    ['a rectangle beyond the canvas', () => native().fill(good(), { ...rect, x: 2 }, 0, 0, 0)],
    ['an infinite rectangle', () => native().fill(good(), { ...rect, width: Number.POSITIVE_INFINITY }, 0, 0, 0)],
    ['a negative place', () => native().fill(good(), { ...rect, y: -2 }, 0, 0, 0)],
    ['an empty rectangle', () => native().fill(good(), { ...rect, width: 0 }, 0, 0, 0)],
    ['a colour of 256', () => native().fill(good(), rect, 256, 0, 0)],
    ['a crop beyond the source', () => native().scale(good(), rect, good(), { ...rect, height: 7 }, true)],
    ['a matrix nobody knows', () => native().scale(good(), rect, { ...good(), matrix: 'bt2020' as 'bt709' }, rect, true)],
    ['a conversion to another size', () => native().toBt709(good(), picture(8, 7), true)],
    ['sound of another type', () => native().mixInto(new Float64Array(4) as unknown as Float32Array, new Float32Array(4), 1)],
    ['a checksum of a string', () => native().crc32c('text' as unknown as Uint8Array)],
  ];
  for (const [name, call] of bad) t.throws(call, { code: 'native_bad_argument' }, name);
});

t.test('planes of a buffer that was given away are refused', async (t) => {
  const canvas = picture(8, 6);
  structuredClone(canvas.y, { transfer: [canvas.y.buffer as ArrayBuffer] });
  t.throws(() => native().fill(canvas, { x: 0, y: 0, width: 8, height: 6 }, 0, 0, 0), { code: 'native_bad_argument' });
});
