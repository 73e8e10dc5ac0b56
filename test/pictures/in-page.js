// Runs in the browser: what is wrong with the page as it is drawn. Returns sentences; none is right.
(() => {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    problems.push(`the page scrolls sideways: ${root.scrollWidth} wide in ${root.clientWidth}`);

  /** @returns {boolean} */
  const isClipped = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath !== 'none' || style.visibility === 'hidden') return true;
    }
    return false;
  };

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (node.data.trim() === '' || parent === null || parent.closest('svg, script, style') !== null) continue;
    if (!parent.checkVisibility() || isClipped(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const scroller = parent.closest('pre');
    const limit = scroller?.getBoundingClientRect();
    for (const rect of range.getClientRects()) {
      const top = Math.max(rect.top, limit?.top ?? rect.top);
      const bottom = Math.min(rect.bottom, limit?.bottom ?? rect.bottom);
      if (rect.width > 1 && bottom - top > 1)
        texts.push({ node, parent, left: rect.left, right: rect.right, top, bottom });
    }
  }
  if (texts.length === 0) problems.push('the page has no text');
  for (const { left, right, node } of texts)
    if (left < -1 || right > root.clientWidth + 1) problems.push(`cut at the edge: ${node.data.trim().slice(0, 60)}`);

  texts.sort((a, b) => a.top - b.top);
  for (const [index, a] of texts.entries()) {
    for (let next = index + 1; next < texts.length && texts[next].top < a.bottom - 3; next++) {
      const b = texts[next];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (a.node !== b.node && across > 2 && down > 3)
        problems.push(`overlap: "${a.node.data.trim().slice(0, 40)}" and "${b.node.data.trim().slice(0, 40)}"`);
    }
  }

  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const found = channels(getComputedStyle(at).backgroundColor);
      if (found[3] === 255) return found;
      if (found[3] !== 0) problems.push('a background is half transparent: its contrast cannot be computed');
    }
    return [255, 255, 255, 255];
  };
  const seen = new Set();
  let lowest = Number.POSITIVE_INFINITY;
  const check = (colour, ground, least, what) => {
    const ratio = contrast(channels(colour), ground);
    lowest = Math.min(lowest, ratio);
    const key = `${colour} ${ground}`;
    if (ratio >= least || seen.has(key)) return;
    seen.add(key);
    problems.push(`contrast ${ratio.toFixed(2)}, less than ${least}: ${what} (${colour} on ${ground.slice(0, 3)})`);
  };
  for (const { parent, node } of texts)
    check(getComputedStyle(parent).color, behind(parent), 4.5, node.data.trim().slice(0, 40));
  for (const shape of document.querySelectorAll('svg rect:not(.f-base), svg path:not(.s-axis)')) {
    const style = getComputedStyle(shape);
    const colour = style.fill === 'none' ? style.stroke : style.fill;
    check(colour, behind(shape.closest('svg')), 3, shape.getAttribute('class'));
  }

  for (const table of document.querySelectorAll('table')) {
    for (const head of table.querySelectorAll('th'))
      if (!head.hasAttribute('scope')) problems.push('a th without scope');
    if (table.querySelector('thead th') === null) problems.push('a table without headers');
  }
  for (const picture of document.querySelectorAll('svg:not([aria-hidden])'))
    if (!picture.getAttribute('aria-label')) problems.push('a picture without a label');
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  if (new Set(ids).size < ids.length) problems.push('an id is used twice');
  for (const link of document.querySelectorAll('a[href]'))
    if (document.querySelector(link.getAttribute('href')) === null) problems.push(`a link leads nowhere: ${link}`);
  return { problems: [...new Set(problems)], lowest, texts: texts.length };
})();
