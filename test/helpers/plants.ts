/** Where a mark stands in what was written. */
export interface Sighting {
  /** Where it was planted. */
  place: string;
  /** What stands around it. */
  around: string;
}

/**
 * Secrets of which each has a mark of its own, so that what shows one tells where it came from. A mark is only letters and
 * digits: it looks the same in a URL, in JSON and in HTML.
 */
export class Plants {
  readonly #places = new Map<string, string>();
  readonly #forms = new Map<string, string>();

  get size(): number {
    return this.#places.size;
  }

  /** A new mark. @param place where it will stand */
  mark(place: string): string {
    const mark = `qZ${String(this.#places.size).padStart(3, '0')}hunter`;
    this.#places.set(mark, place);
    // Cut, too: half a password is one.
    this.#forms.set(mark.slice(0, 6), mark);
    this.#forms.set(mark.slice(2), mark);
    // Behind a user and a colon, as Basic authentication sends it: the three ways in which Base64 may cut it.
    for (const before of ['', 'x', 'xx']) {
      const cut = Math.ceil((before.length * 4) / 3);
      this.#forms.set(
        Buffer.from(before + mark)
          .toString('base64')
          .slice(cut === 0 ? 0 : cut + 1, -4),
        mark,
      );
    }
    return mark;
  }

  /** The text with a mark for its `§`. */
  plant(place: string, text = '§'): string {
    const mark = this.mark(place);
    return text.replaceAll('§', mark);
  }

  /** The text with the places of its marks in their stead. */
  hide(text: string): string {
    return text.replaceAll(/qZ\d{3,}hunter/g, (mark) => `<${this.#places.get(mark) ?? mark}>`);
  }

  /** Every mark that a text shows. */
  find(text: string): Sighting[] {
    const found: Sighting[] = [];
    for (const [form, mark] of this.#forms) {
      const at = text.indexOf(form);
      if (at >= 0)
        found.push({ place: this.#places.get(mark) ?? mark, around: text.slice(Math.max(0, at - 60), at + 30) });
    }
    return found;
  }
}
