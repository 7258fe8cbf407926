/** Codes by the names that they have in the sources: newOrder, fillOrKill. A number that is no code stands for itself. */
export function codeText(codes: Readonly<Record<string, number>>, code: number): string {
  const name = Object.keys(codes).find((key) => codes[key] === code);
  return name === undefined ? String(code) : name.charAt(0).toLowerCase() + name.slice(1);
}

/** The same as words: fill or kill. */
export function codeWords(codes: Readonly<Record<string, number>>, code: number): string {
  return codeText(codes, code).replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}
