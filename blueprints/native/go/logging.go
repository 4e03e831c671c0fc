package main

import (
	"cmp"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// newLogger writes one JSON object a line, with levels in lower case as in services of other languages.
func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if attr.Key == slog.LevelKey {
				return slog.String(attr.Key, strings.ToLower(attr.Value.String()))
			}
			return attr
		},
	}))
}

// responseRecorder remembers the status of a response, which is 0 until the response begins.
type responseRecorder struct {
	http.ResponseWriter
	status int
}

func (r *responseRecorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *responseRecorder) Write(body []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the writer below.
func (r *responseRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// logRequests logs one line a request, and turns a panic into an answer that gives nothing away.
func logRequests(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		recorder := &responseRecorder{ResponseWriter: w}
		defer func() {
			reason := recover()
			abort := reason == http.ErrAbortHandler
			if reason != nil && !abort {
				logger.Error("panic", "reason", reason, "stack", string(debug.Stack()))
				// A client must not take half a response for a whole one.
				if abort = recorder.status != 0; !abort {
					writeJSON(recorder, http.StatusInternalServerError, map[string]string{"error": "internal error"})
				}
			}
			logger.Info("request",
				"method", r.Method,
				"path", r.URL.Path,
				"status", cmp.Or(recorder.status, http.StatusOK),
				"ms", time.Since(began).Milliseconds())
			if abort {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(recorder, r)
	})
}
