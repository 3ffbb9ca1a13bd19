import * as v from 'valibot';
import { type Bearer, bearerFor } from './bearer';
import { Failure, refusal, sessionRefused, signedOut } from './failure';

// A region that needs longer is better named as failing than waited for; the console's own limit is of the same order.
const defaultTimeout = 30_000;

// A page of clusters is some megabytes. A region that sends more than this would only fill the tab's memory.
const mostBytes = 64 * 1024 * 1024;

/** How to ask: signal ends the question early, timeout (milliseconds) bounds headers and body together. */
export interface Asking {
  signal: AbortSignal;
  timeout?: number;
}

/**
 * Asks the console for JSON of a known shape. No cookie goes along and nothing is cached; the user's token goes to the console's data only.
 * Throws a Failure, or the signal's reason when the signal ended the question.
 */
export async function ask<S extends v.GenericSchema>(path: string, shape: S, { signal, timeout = defaultTimeout }: Asking): Promise<v.InferOutput<S>> {
  const deadline = AbortSignal.timeout(timeout);
  try {
    const { answer, body } = await askWithToken(path, bearerFor(path), AbortSignal.any([signal, deadline]));
    if (!answer.ok) {
      throw refusal(answer, body);
    }
    return readAs(shape, body);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) {
      throw error;
    }
    if (deadline.aborted) {
      throw new Failure('TimedOut', `No answer came within ${timeout / 1000} seconds.`);
    }
    throw new Failure('NotReached', 'The console could not be reached. Check the network connection.');
  }
}

interface Answered {
  answer: Response;
  /** What was parsed of it, if anything. */
  body: unknown;
}

/** Asks with the user's token, and once more with a new one when the console has refused the first. */
async function askWithToken(path: string, bearer: Bearer | undefined, signal: AbortSignal): Promise<Answered> {
  if (bearer === undefined) {
    return askOnce(path, {}, signal);
  }
  const token = bearer.token();
  if (token === undefined) {
    throw signedOut();
  }
  const first = await askOnce(path, { Authorization: `Bearer ${token}` }, signal);
  if (!sessionRefused(first.answer, first.body)) {
    return first;
  }
  const renewed = await bearer.renew(token);
  if (renewed === undefined) {
    return first;
  }
  const second = await askOnce(path, { Authorization: `Bearer ${renewed}` }, signal);
  if (sessionRefused(second.answer, second.body)) {
    bearer.refused(renewed);
  }
  return second;
}

async function askOnce(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answered> {
  const answer = await fetch(path, { headers: { Accept: 'application/json', ...headers }, credentials: 'omit', cache: 'no-store', signal });
  return { answer, body: parsed(await bounded(answer)) };
}

/** Reads an answer as text, and no further than is sensible. */
async function bounded(answer: Response): Promise<string> {
  if (answer.body === null) {
    return '';
  }
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) {
      return text + decoder.decode();
    }
    bytes += value.byteLength;
    if (bytes > mostBytes) {
      await reader.cancel();
      throw new Failure('Unreadable', 'The answer is longer than 64 MiB.');
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readAs<S extends v.GenericSchema>(shape: S, answer: unknown): v.InferOutput<S> {
  const read = v.safeParse(shape, answer);
  if (!read.success) {
    const where = v.getDotPath(read.issues[0]);
    throw new Failure('Unreadable', where === null ? 'The answer is not the JSON that was asked for.' : `The answer cannot be read: the field ${where} is missing or not as expected.`);
  }
  return read.output;
}
