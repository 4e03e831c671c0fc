package main

import (
	"fmt"
	"strconv"
	"strings"
)

type config struct {
	Port      int
	Name      string
	Version   string
	Upstreams []upstream
}

// configFromEnv reads the configuration through getenv, which is os.Getenv outside of tests.
func configFromEnv(getenv func(string) string) (config, error) {
	cfg := config{
		Port:      8080,
		Name:      "service",
		Version:   "dev",
		Upstreams: parseUpstreams(getenv("UPSTREAMS")),
	}
	if name := getenv("SERVICE_NAME"); name != "" {
		cfg.Name = name
	}
	if version := getenv("SERVICE_VERSION"); version != "" {
		cfg.Version = version
	}
	if value := getenv("PORT"); value != "" {
		port, err := strconv.ParseUint(value, 10, 16)
		if err != nil || port == 0 {
			return config{}, fmt.Errorf("PORT must be a number from 1 to 65535, not %q", value)
		}
		cfg.Port = int(port)
	}
	return cfg, nil
}

// parseUpstreams reads "name=url,name=url". An entry without a URL stays in the list: asking it shows what is wrong.
func parseUpstreams(value string) []upstream {
	var upstreams []upstream
	for entry := range strings.SplitSeq(value, ",") {
		name, url, _ := strings.Cut(entry, "=")
		if name = strings.TrimSpace(name); name != "" {
			upstreams = append(upstreams, upstream{name: name, url: strings.TrimSpace(url)})
		}
	}
	return upstreams
}
