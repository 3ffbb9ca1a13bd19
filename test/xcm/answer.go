package xcm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	ocmerrors "github.com/openshift-online/ocm-sdk-go/errors"
)

// An answer is what an operation found: written after the instance is unlocked, so that a slow client holds up nobody.
type answer struct {
	status int
	body   []byte // none with 204
}

// A problem is an error that the client is told about.
type problem struct {
	status  int
	reason  string
	details []json.RawMessage // objects that clients read, such as the gates that an upgrade needs
}

// Error is the reason, as the client reads it.
func (p *problem) Error() string { return p.reason }

// refuse makes a problem: an HTTP status and a sentence that names what is wrong and the cure.
func refuse(status int, format string, arguments ...any) *problem {
	return &problem{status: status, reason: fmt.Sprintf(format, arguments...)}
}

// codePrefixes are how each service begins the code of its errors.
var codePrefixes = map[string]string{
	"clusters_mgmt":       "CLUSTERS-MGMT",
	"accounts_mgmt":       "ACCT-MGMT",
	"service_logs":        "SERVICE-LOGS",
	"access_transparency": "ACCESS-TRANSPARENCY",
	"addons_mgmt":         "ADDONS-MGMT",
}

// body writes the problem as the service that owns the path would, with the id as a string: an integer, as the OpenAPI document
// has it, breaks the SDK's typed calls.
func (p *problem) body(path, operation string) []byte {
	parts := strings.Split(strings.TrimPrefix(path, "/api/"), "/")
	service, prefix := parts[0], codePrefixes[parts[0]]
	if prefix == "" {
		service, prefix = "gateway", "GATEWAY"
	}
	id := strconv.Itoa(p.status)
	builder := ocmerrors.NewError().ID(id).Reason(p.reason).OperationID(operation).
		HREF(fmt.Sprintf("/api/%s/v1/errors/%s", service, id)).
		Code(fmt.Sprintf("%s-%s", prefix, id))
	if len(p.details) > 0 {
		builder.Details(p.details)
	}
	return marshalled(built(builder.Build()), ocmerrors.MarshalError)
}

// send writes an answer, or the error in its place.
func send(w http.ResponseWriter, path string, result answer, err error) {
	operation := uuid.NewString()
	if err != nil {
		var told *problem
		if !errors.As(err, &told) {
			told = refuse(http.StatusInternalServerError, "%v", err)
		}
		result = answer{status: told.status, body: told.body(path, operation)}
	}
	w.Header().Set("X-Operation-Id", operation)
	if result.status == http.StatusNoContent {
		w.WriteHeader(result.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(result.body)))
	w.WriteHeader(result.status)
	// An error means that the client went away.
	_, _ = w.Write(result.body)
}

// built unwraps what a builder of the SDK made. Builders fail on nothing that a caller can send: an error is our mistake.
func built[T any](object *T, err error) *T {
	if err != nil {
		panic(fmt.Sprintf("build a %T: %v", object, err))
	}
	return object
}
