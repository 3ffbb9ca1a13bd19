import * as v from 'valibot';

/** Why a question got no usable answer. */
export type FailureKind =
  /** An answer came, with an error status. */
  | 'Refused'
  /** No console answered. */
  | 'NotReached'
  /** No answer in time. */
  | 'TimedOut'
  /** An answer came that is not what was asked for. */
  | 'Unreadable';

/** A question to the console or a region that got no usable answer. Its message is a sentence for the user. */
export class Failure extends Error {
  readonly kind: FailureKind;
  /** The HTTP status, when the kind is Refused. */
  readonly status: number | undefined;
  /** What the region's support asks for, when the answer named one. */
  readonly operationId: string | undefined;

  constructor(kind: FailureKind, sentence: string, answer: { status?: number; operationId?: string | undefined } = {}) {
    super(sentence);
    this.name = 'Failure';
    this.kind = kind;
    this.status = answer.status;
    this.operationId = answer.operationId;
  }
}

// OCM's error body. Anything but an object with a reason is as good as no body.
const errorBody = v.object({ reason: v.pipe(v.string(), v.trim(), v.nonEmpty()), operation_id: v.optional(v.string()) });

/** The failure that an answer with an error status tells of; body is what was parsed of it, if anything. */
export function refusal(status: number, body: unknown): Failure {
  const known = v.safeParse(errorBody, body);
  return known.success
    ? new Failure('Refused', known.output.reason, { status, operationId: known.output.operation_id })
    : new Failure('Refused', `The answer was HTTP status ${status}, without a reason.`, { status });
}
