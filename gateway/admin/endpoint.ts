/** One page of the admin plane. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Endpoint {
  /** For the list of endpoints. */
  readonly summary: string;
  /** Methods. */
  readonly allow: readonly string[];
  /** Media type of the body that it reads; absent: none. */
  readonly takes?: string;
  answer(body: string): Answer | Promise<Answer>;
}

export function text(status: number, line: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${line}\n` };
}
