// Command service is a small HTTP service that knows its name, its health and its neighbours.
//
// Everything is configured by the environment: PORT, SERVICE_NAME, SERVICE_VERSION and UPSTREAMS.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// shutdownLimit is how long requests that have begun may take once the service is told to stop.
const shutdownLimit = 4 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	cfg, err := configFromEnv(os.Getenv)
	if err != nil {
		return err
	}
	if len(args) > 0 {
		if len(args) == 1 && args[0] == "healthcheck" {
			return checkHealth(cfg.Port)
		}
		return fmt.Errorf("unknown arguments %q: the only one is healthcheck", args)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", net.JoinHostPort("0.0.0.0", strconv.Itoa(cfg.Port)))
	if err != nil {
		return err
	}
	return serve(ctx, listener, cfg, newLogger(os.Stdout))
}

// serve answers requests until ctx ends, then finishes those that have begun.
func serve(ctx context.Context, listener net.Listener, cfg config, logger *slog.Logger) error {
	server := &http.Server{
		Handler:                      newHandler(cfg, logger),
		ReadTimeout:                  5 * time.Second,
		WriteTimeout:                 10 * time.Second,
		IdleTimeout:                  time.Minute,
		ErrorLog:                     slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		DisableGeneralOptionsHandler: true, // OPTIONS * is a request as every other
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	logger.Info("listening", "address", listener.Addr().String())

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	logger.Info("stopping")
	limited, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	err := server.Shutdown(limited)
	if errors.Is(err, context.DeadlineExceeded) {
		logger.Warn("gave up on requests in flight")
		return server.Close()
	}
	return err
}

// checkHealth asks the service that runs in this container, so that the image needs no shell or curl.
func checkHealth(port int) error {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("unhealthy: %s", response.Status)
	}
	return nil
}
