package xcm

import (
	"encoding/json"
	"net/http"
)

// Control is what tests and people steer the region by, on a port of its own:
// GET and PUT /faults, GET /requests, POST /reset, POST /hasten.
func (i *Instance) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, i.Faults())
	})
	mux.HandleFunc("PUT /faults", func(w http.ResponseWriter, r *http.Request) {
		faults, err := ParseFaults(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = i.SetFaults(faults)
		}
		if err != nil {
			reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		reply(w, http.StatusOK, i.Faults())
	})
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		requests, counters := i.Requests()
		reply(w, http.StatusOK, map[string]any{"counters": counters, "requests": requests})
	})
	mux.HandleFunc("POST /hasten", func(w http.ResponseWriter, _ *http.Request) {
		i.Hasten()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		if err := i.Reset(); err != nil {
			reply(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error means that the client went away.
	_ = json.NewEncoder(w).Encode(value)
}
