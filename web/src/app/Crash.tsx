import { Component, type ReactNode } from 'react';
import { FailureState } from '../shown/FailureState';

const text = { title: 'This page cannot be shown' };

interface Caught {
  error: Error | undefined;
}

/** Catches what a page throws while it is drawn, so that the rest stays usable. */
export class Crash extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { error: undefined };

  static getDerivedStateFromError(error: unknown): Caught {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    return error === undefined ? (
      this.props.children
    ) : (
      <FailureState
        title={text.title}
        error={error}
        onRetry={() => {
          this.setState({ error: undefined });
        }}
      />
    );
  }
}
