package main

import (
	"slices"
	"strings"
	"testing"
)

func env(values map[string]string) func(string) string {
	return func(key string) string { return values[key] }
}

func TestConfigDefaults(t *testing.T) {
	cfg, err := configFromEnv(env(nil))
	if err != nil || cfg.Port != 8080 || cfg.Name != "service" || cfg.Version != "dev" || len(cfg.Upstreams) != 0 {
		t.Errorf("got %+v, %v", cfg, err)
	}
}

func TestConfigFromEnv(t *testing.T) {
	cfg, err := configFromEnv(env(map[string]string{
		"PORT":            "9090",
		"SERVICE_NAME":    "orders",
		"SERVICE_VERSION": "1.2.3",
		"UPSTREAMS":       " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd",
	}))
	if err != nil || cfg.Port != 9090 || cfg.Name != "orders" || cfg.Version != "1.2.3" {
		t.Errorf("got %+v, %v", cfg, err)
	}
	expected := []upstream{
		{"users", "http://users:8080/healthz"},
		{"stock", "http://stock:8080/?a=b"},
		{"odd", ""},
	}
	if !slices.Equal(cfg.Upstreams, expected) {
		t.Errorf("got %v", cfg.Upstreams)
	}
}

func TestBadPort(t *testing.T) {
	for _, port := range []string{"http", "0", "65536", "-1", "80 80"} {
		_, err := configFromEnv(env(map[string]string{"PORT": port}))
		if err == nil || !strings.Contains(err.Error(), port) || strings.Contains(err.Error(), "\n") {
			t.Errorf("PORT=%s: %v", port, err)
		}
	}
}
