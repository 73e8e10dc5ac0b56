/**
 * A small seeded generator (xoshiro128**, seeded by splitmix32): the same number gives the same tables on every machine.
 * https://prng.di.unimi.it/
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(...seeds: readonly number[]) {
    this.#state = new Uint32Array(4);
    let mix = 0x9e3779b9;
    const splitmix = () => {
      mix = (mix + 0x9e3779b9) | 0;
      let z = mix;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    for (const seed of seeds) {
      mix = (mix ^ seed) | 0;
      mix = splitmix() | 0;
    }
    for (let at = 0; at < 4; at++) this.#state[at] = splitmix();
  }

  /** 32 random bits. */
  next(): number {
    const s = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = s;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    const z = c ^ a;
    const w = d ^ b;
    s[1] = b ^ z;
    s[0] = a ^ w;
    s[2] = z ^ shifted;
    s[3] = (w << 11) | (w >>> 21);
    return result;
  }

  /** From `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + (this.next() % (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() / 0x1_0000_0000 < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[this.next() % list.length] as T;
  }

  /** By weights: `[weight, value]`. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    const total = list.reduce((sum, [weight]) => sum + weight, 0);
    let at = (this.next() / 0x1_0000_0000) * total;
    for (const [weight, value] of list) {
      at -= weight;
      if (at < 0) return value;
    }
    return (list.at(-1) as readonly [number, T])[1];
  }

  shuffle<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at--) {
      const other = this.int(0, at);
      [result[at], result[other]] = [result[other] as T, result[at] as T];
    }
    return result;
  }

  /** Some of the list, in its order. */
  some<T>(list: readonly T[], count: number): T[] {
    const chosen = new Set(this.shuffle(list.map((_, index) => index)).slice(0, count));
    return list.filter((_, index) => chosen.has(index));
  }

  /** 64 random bits. */
  bits64(): bigint {
    return (BigInt(this.next()) << 32n) | BigInt(this.next());
  }
}
