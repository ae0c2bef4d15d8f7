r"""Displayed formulas whose statements go below each other where they have no room side by side.

By KaTeX's own style sheet a displayed formula stands in one line. By the rules that its documentation has for those
that are to be broken, a line may end after any relation or operation: of ``a = b, \quad c = d`` the second statement
would be broken and not the space before it. So each gets an element of its own, which goes below the other first.
No option of KaTeX's does so: what ``\htmlClass`` holds can't be broken at all, and statements that are set one by one
are many formulas to a screen reader, and to whoever copies one.

Seen in KaTeX 0.16.40; no issue is known upstream. Assumed of its tree (``__renderToDomTree``): the last child of a
formula is what is seen; that consists of parts that are not broken; ``\allowbreak`` ends one, whose last children are
then spaces, with their widths in ``em``.
"""

from __future__ import annotations

#: JavaScript, to be run behind KaTeX's: a function that sets a displayed formula.
SET_DISPLAYED = r"""
const setDisplayed = (tex, options) => {
  const space = (width) => `\\hskip${width}\\relax\\TextOrMath{}{\\allowbreak}`;
  const spaces = { "\\quad": space("1em"), "\\qquad": space("2em") };
  const formula = (macros) => katex.__renderToDomTree(tex, { ...options, displayMode: true, macros });
  const seen = (tree) => tree.children[0].children.at(-1);
  const whole = formula({ ...options.macros });
  const parts = seen(formula({ ...spaces, ...options.macros })).children;
  const element = (attributes, markup) => ({ toMarkup: () => `<span ${attributes}>${markup}</span>` });
  const statement = (those) => element('class="statement"', those.map((part) => part.toMarkup()).join(""));
  const shown = [];
  let begun = [];
  for (const part of parts) {
    begun.push(part);
    const end = part.children.findLastIndex((child) => !child.classes.includes("mspace")) + 1;
    const gap = part.children.slice(end);
    const width = gap.reduce((sum, space) => sum + parseFloat(space.style.marginRight ?? 0), 0);
    if (part === parts.at(-1) || width < 1 || !gap.some((space) => space.classes.includes("allowbreak"))) continue;
    part.children.length = end;
    shown.push(statement(begun), element(`style="word-spacing:${width.toFixed(4)}em"`, " "));
    begun = [];
  }
  if (shown.length) seen(whole).children = [...shown, statement(begun)];
  return whole.toMarkup();
};
"""
