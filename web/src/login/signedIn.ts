import { createContext, use } from 'react';
import type { Issuer } from '../api/console';
import type { CommandLine, Session } from './session';

/** The signed-in user, for the pages. */
export interface SignedIn {
  /** How the user is called. */
  user: string;
  session: Session;
  issuer: Issuer;
  /** What the last sign-in gave for the command line, if it was for that. */
  commandLine: CommandLine | undefined;
}

/** The signed-in user; undefined with auth None. */
export const SignedInContext = createContext<SignedIn | undefined>(undefined);

/** See SignedInContext. */
export function useSignedIn(): SignedIn | undefined {
  return use(SignedInContext);
}
