package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

func listen(t *testing.T) (net.Listener, int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener, listener.Addr().(*net.TCPAddr).Port
}

func TestServeFinishesWhatItBegan(t *testing.T) {
	upstreamAsked, upstreamReleased := make(chan struct{}), make(chan struct{})
	slow := server(t, func(http.ResponseWriter, *http.Request) {
		close(upstreamAsked)
		<-upstreamReleased
	})
	listener, _ := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	served, answered := make(chan error, 1), make(chan string, 1)
	go func() {
		cfg := config{Upstreams: []upstream{{"slow", slow}}}
		served <- serve(ctx, listener, cfg, slog.New(slog.DiscardHandler))
	}()
	go func() {
		response, err := http.Get("http://" + listener.Addr().String() + "/upstreams")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		answered <- response.Status
	}()

	<-upstreamAsked
	stop()
	time.AfterFunc(100*time.Millisecond, func() { close(upstreamReleased) })
	if status := <-answered; status != "200 OK" {
		t.Errorf("the request in flight ended with %q", status)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	if _, err := net.DialTimeout("tcp", listener.Addr().String(), time.Second); err == nil {
		t.Error("still accepts connections")
	}
}

func TestCheckHealth(t *testing.T) {
	listener, port := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener, config{}, slog.New(slog.DiscardHandler)) }()
	if err := checkHealth(port); err != nil {
		t.Errorf("a healthy service: %v", err)
	}
	stop()
	<-served
	if err := checkHealth(port); err == nil {
		t.Error("a stopped service passes for healthy")
	}
}

func TestUnknownArguments(t *testing.T) {
	if err := run([]string{"healthchek"}); err == nil {
		t.Error("a typo starts the service")
	}
}
