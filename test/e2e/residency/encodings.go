package residency

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

// An Encoding is a form in which a mark can be written.
type Encoding string

// The encodings. What lies in a gzip or Zstandard stream is found in any of them, behind the name of the stream.
const (
	Raw       Encoding = "Raw"
	Base64    Encoding = "Base64"
	URL       Encoding = "URL"
	JSON      Encoding = "JSON"
	HTML      Encoding = "HTML"
	Hex       Encoding = "Hex"
	UTF16     Encoding = "UTF16"
	Gzip      Encoding = "Gzip"
	Zstandard Encoding = "Zstandard"
)

// encode lists all that a text looks like. Forms that are the same are listed once, under the plainest name.
func encode(text string) map[string]Encoding {
	forms := map[string]Encoding{}
	add := func(encoding Encoding, written ...string) {
		for _, form := range written {
			if _, known := forms[form]; !known {
				forms[form] = encoding
			}
		}
	}
	query := url.QueryEscape(text)
	add(Raw, text)
	add(URL, query, strings.ReplaceAll(query, "+", "%20"), url.PathEscape(text))
	add(JSON, inJSON(text)...)
	add(HTML, html.EscapeString(text))
	add(Base64, inBase64(text)...)
	add(Hex, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))))
	add(UTF16, inUTF16(text, binary.LittleEndian), inUTF16(text, binary.BigEndian))
	return forms
}

// inJSON is a text within a string of JSON: with what browsers must not read escaped or not, and in ASCII alone.
func inJSON(text string) []string {
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always has a form
	careful, _ := json.Marshal(text)
	ascii := strconv.QuoteToASCII(text)
	return []string{strings.Trim(plain.String(), "\"\n"), strings.Trim(string(careful), `"`), strings.Trim(ascii, `"`)}
}

// inBase64 is a text somewhere within a longer one: it may begin at each of three places of a group, and of the characters
// at its edges, which hold bits of what is beside it, none is taken. Both alphabets.
func inBase64(text string) (forms []string) {
	for before := range 3 {
		padded := append(make([]byte, before), text...)
		from, to := (8*before+5)/6, 8*len(padded)/6
		forms = append(forms, base64.StdEncoding.EncodeToString(padded)[from:to], base64.URLEncoding.EncodeToString(padded)[from:to])
	}
	return forms
}

func inUTF16(text string, order binary.AppendByteOrder) string {
	var form []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		form = order.AppendUint16(form, unit)
	}
	return string(form)
}
