const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const dateOnly = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export interface InstantProps {
  /** RFC 3339, or milliseconds since 1970. What is not a time is shown as "unknown". */
  at: string | number | undefined;
  precision?: 'minute' | 'day';
}

/** A point in time in the user's own locale and time zone. */
export function Instant({ at, precision = 'minute' }: InstantProps) {
  const date = new Date(at ?? NaN);
  if (Number.isNaN(date.getTime())) {
    return <>unknown</>;
  }
  return (
    <time dateTime={date.toISOString()} title={dateAndTime.format(date)}>
      {(precision === 'day' ? dateOnly : dateAndTime).format(date)}
    </time>
  );
}
