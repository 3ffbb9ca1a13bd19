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
export function refusal(answer: Response, body: unknown): Failure {
  const { status } = answer;
  const known = v.safeParse(errorBody, body);
  const reason = known.success ? known.output.reason : `The answer was HTTP status ${status}, without a reason.`;
  const operationId = known.success ? known.output.operation_id : undefined;
  const sentence = status === 401 && !isConsoles(answer, body) ? `The region answers that you are not signed in to it; other regions are not affected. ${reason}` : reason;
  return new Failure('Refused', sentence, { status, operationId });
}

/** The failure of a question that is not asked, because nobody is signed in. */
export function signedOut(): Failure {
  return new Failure('Refused', 'You are not signed in.', { status: 401 });
}

const consolesRefusal = v.object({ code: v.literal('GEOCONSOLE-401'), details: v.optional(v.array(v.object({ cause: v.optional(v.string()) })), []) });

// The console lets no WWW-Authenticate of a region pass, so that no region can pretend to be it and sign users out.
function isConsoles(answer: Response, body: unknown): boolean {
  return answer.headers.has('WWW-Authenticate') && v.is(consolesRefusal, body);
}

/** Whether an answer is the console's own refusal of a token that another one could replace. One for another audience is not: the next would be the same. */
export function sessionRefused(answer: Response, body: unknown): boolean {
  if (answer.status !== 401 || !isConsoles(answer, body)) {
    return false;
  }
  const { details } = v.parse(consolesRefusal, body);
  return !details.some(({ cause }) => cause === 'AudienceRefused');
}
