import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { Failure } from '../api/failure';

const text = {
  unexpected: 'Something in this page went wrong.',
  operation: (id: string) => `Operation ID for support: ${id}`,
  retry: 'Try again',
};

export interface FailureStateProps {
  title: string;
  error: Error;
  /** Asks again; without it there is no button. */
  onRetry?: () => void;
  children?: ReactNode;
}

/** Fills a page that has nothing to show: what could not be had, why, and what to do. */
export function FailureState({ title, error, onRetry, children }: FailureStateProps) {
  const operationId = error instanceof Failure ? error.operationId : undefined;
  return (
    <EmptyState status="danger" titleText={title} headingLevel="h2" role="alert">
      <EmptyStateBody>
        <p>{error instanceof Failure ? error.message : text.unexpected}</p>
        {operationId !== undefined && <p>{text.operation(operationId)}</p>}
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          {onRetry && (
            <Button variant="primary" onClick={onRetry}>
              {text.retry}
            </Button>
          )}
          {children}
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
