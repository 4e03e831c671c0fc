package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"
)

func get(t *testing.T, cfg config, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler := newHandler(cfg, slog.New(slog.DiscardHandler))
	handler.ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
	return recorder
}

func decode[T any](t *testing.T, body *bytes.Buffer) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(body.Bytes(), &value); err != nil {
		t.Fatalf("%q is not the JSON we expect: %v", body, err)
	}
	return value
}

func TestRoutes(t *testing.T) {
	cfg := config{Name: "orders", Version: "1.2.3"}
	tests := []struct {
		method, path string
		status       int
		body         map[string]string
	}{
		{"GET", "/", 200, map[string]string{"service": "orders", "language": "go", "version": "1.2.3"}},
		{"GET", "/healthz", 200, map[string]string{"status": "ok"}},
		{"GET", "/nowhere", 404, map[string]string{"error": "not found"}},
		{"GET", "/healthz/deeper", 404, map[string]string{"error": "not found"}},
		{"GET", "//", 404, map[string]string{"error": "not found"}},
		{"GET", "/nowhere/../healthz", 404, map[string]string{"error": "not found"}},
		{"OPTIONS", "*", 404, map[string]string{"error": "not found"}},
		{"POST", "/", 405, map[string]string{"error": "method not allowed"}},
		{"DELETE", "/upstreams", 405, map[string]string{"error": "method not allowed"}},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			response := get(t, cfg, test.method, test.path)
			if response.Code != test.status {
				t.Errorf("status %d, expected %d", response.Code, test.status)
			}
			if kind := response.Header().Get("Content-Type"); kind != "application/json" {
				t.Errorf("content type %q", kind)
			}
			body := decode[map[string]string](t, response.Body)
			if len(body) != len(test.body) {
				t.Errorf("body %v, expected %v", body, test.body)
			}
			for key, value := range test.body {
				if body[key] != value {
					t.Errorf("%s is %q, expected %q", key, body[key], value)
				}
			}
		})
	}
}

func TestUpstreamsWithNone(t *testing.T) {
	if body := get(t, config{}, "GET", "/upstreams").Body.String(); body != "{}\n" {
		t.Errorf("body %q, expected an empty object", body)
	}
}
