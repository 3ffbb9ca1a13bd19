package proxy

import (
	"encoding/hex"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// services are the XCM services that a region serves to users; nothing else of a region's host is reachable.
var services = map[string]bool{
	"access_transparency": true,
	"accounts_mgmt":       true,
	"addons_mgmt":         true,
	"authorizations":      true,
	"clusters_mgmt":       true,
	"osd_fleet_mgmt":      true,
	"service_logs":        true,
}

// APIPath reports whether an escaped path may be sent to a region: below /api/<known service>/, already clean, and
// spelled so that no server behind it can read another path out of it. It never repairs a path.
func APIPath(escaped string) bool {
	if path.Clean(escaped) != escaped {
		return false
	}
	segments := strings.Split(escaped, "/")
	if len(segments) < 4 || segments[0] != "" || segments[1] != "api" || !services[segments[2]] {
		return false
	}
	for _, segment := range segments[3:] {
		if !plainSegment(segment) {
			return false
		}
	}
	return true
}

// plainSegment refuses a segment that is empty, steps up, hides a separator or a parameter, is encoded twice, is no
// UTF-8, or encodes what needs no encoding (%2e for a dot).
func plainSegment(escaped string) bool {
	decoded, err := url.PathUnescape(escaped)
	if err != nil || decoded == "" || decoded == "." || decoded == ".." || !utf8.ValidString(decoded) {
		return false
	}
	for i := 0; i < len(escaped); i++ {
		if escaped[i] != '%' {
			if !isPathByte(escaped[i]) {
				return false
			}
			continue
		}
		// PathUnescape has seen to it that two hexadecimal digits follow.
		b, _ := hex.DecodeString(escaped[i+1 : i+3])
		if !mayBeEncoded(b[0]) {
			return false
		}
		i += 2
	}
	return true
}

// isPathByte accepts what RFC 3986 lets stand in a path segment, but the semicolon: some servers cut a segment there,
// and then "..;" steps up.
func isPathByte(c byte) bool {
	return isUnreserved(c) || strings.IndexByte("!$&'()*+,=:@", c) >= 0
}

func mayBeEncoded(c byte) bool {
	isControl := c < ' ' || c == 0x7f
	return !isControl && !isUnreserved(c) && strings.IndexByte(`/\;%?#`, c) < 0
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
