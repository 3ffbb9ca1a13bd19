package environment

import "net/netip"

// Outside is the address and port that the endpoint has for pods.
func (p *Endpoint) Outside() netip.AddrPort { return p.outside }

// OutsideIssuer is the address and port that an issuer of StartIssuer has for pods.
func (e *Environment) OutsideIssuer() netip.AddrPort { return e.issuer }
