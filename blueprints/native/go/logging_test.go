package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestEveryRequestIsOneLineOfJSON(t *testing.T) {
	var log bytes.Buffer
	handler := newHandler(config{}, newLogger(&log))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/nowhere?q=1", nil))
	line := decode[map[string]any](t, &log)
	for _, key := range []string{"time", "msg", "ms"} {
		if _, ok := line[key]; !ok {
			t.Errorf("%q is missing in %v", key, line)
		}
	}
	if line["level"] != "info" || line["method"] != "GET" || line["path"] != "/nowhere" || line["status"] != 404.0 {
		t.Errorf("logged %v", line)
	}
}

func TestAPanicGivesNothingAway(t *testing.T) {
	var log bytes.Buffer
	handler := logRequests(newLogger(&log), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("secret")
	}))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))
	if recorder.Code != 500 || recorder.Body.String() != "{\"error\":\"internal error\"}\n" {
		t.Errorf("answered %d %q", recorder.Code, recorder.Body)
	}
	if lines := bytes.Count(log.Bytes(), []byte("\n")); lines != 2 {
		t.Errorf("%d lines instead of the panic and the request: %s", lines, &log)
	}
}

func TestAPanicInTheMiddleOfAResponseEndsTheConnection(t *testing.T) {
	url := server(t, logRequests(slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("secret")
	})).ServeHTTP)
	if response, err := http.Get(url); err == nil {
		response.Body.Close()
		t.Errorf("answered %s", response.Status)
	}
}
