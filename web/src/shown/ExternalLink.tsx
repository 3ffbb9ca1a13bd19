import { ExternalLinkAltIcon } from '@patternfly/react-icons/dist/esm/icons/external-link-alt-icon';

const text = { newTab: '(opens in a new tab)' };

/** A link that a region's answer names. Its host is what the user reads; anything but https is shown as plain text. */
export function ExternalLink({ url }: { url: string }) {
  const target = URL.parse(url);
  if (target?.protocol !== 'https:') {
    return <>{url}</>;
  }
  return (
    <a href={target.href} target="_blank" rel="noopener noreferrer">
      {target.host} <ExternalLinkAltIcon /> <span className="pf-v6-screen-reader">{text.newTab}</span>
    </a>
  );
}
