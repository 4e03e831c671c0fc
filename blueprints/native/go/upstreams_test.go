package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// nonsense answers with something that is not HTTP.
func nonsense(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Write([]byte("what?\r\n"))
			_ = connection.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

func server(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAskUpstreams(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	upstreams := []upstream{
		{"live", server(t, func(http.ResponseWriter, *http.Request) {})},
		{"dead", closed.URL},
		{"failing", server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })},
		{"slow", server(t, hang)},
		{"slower", server(t, hang)},
		{"nonsense", nonsense(t)},
		{"empty", ""},
	}

	began := time.Now()
	reports := askUpstreams(t.Context(), upstreams)
	if took := time.Since(began); took > upstreamLimit+time.Second {
		t.Errorf("took %s: upstreams are not asked at once, or not limited", took)
	}
	for _, u := range upstreams {
		expected := "unreachable"
		if u.name == "live" {
			expected = "ok"
		}
		if report := reports[u.name]; report.Status != expected {
			t.Errorf("%s is %q, expected %q", u.name, report.Status, expected)
		}
	}
	if ms := reports["slow"].Milliseconds; ms < upstreamLimit.Milliseconds() {
		t.Errorf("slow was given up after %d ms", ms)
	}
}
