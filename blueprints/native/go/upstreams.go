package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// upstreamLimit is how long one upstream may take to answer.
const upstreamLimit = 2 * time.Second

type upstream struct {
	name string
	url  string
}

type upstreamReport struct {
	Status       string `json:"status"`
	Milliseconds int64  `json:"ms"`
}

// upstreamClient reports what an upstream itself says, so it follows no redirects.
var upstreamClient = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// askUpstreams asks all of them at once, so that it takes as long as the slowest one and no longer than upstreamLimit.
func askUpstreams(ctx context.Context, upstreams []upstream) map[string]upstreamReport {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, upstreamLimit)
	defer cancel()
	reports := make(map[string]upstreamReport, len(upstreams))
	var mutex sync.Mutex
	var group sync.WaitGroup
	for _, u := range upstreams {
		group.Go(func() {
			report := ask(ctx, u.url, began)
			mutex.Lock()
			defer mutex.Unlock()
			reports[u.name] = report
		})
	}
	group.Wait()
	return reports
}

func ask(ctx context.Context, url string, began time.Time) upstreamReport {
	status := "unreachable"
	if answers(ctx, url) {
		status = "ok"
	}
	return upstreamReport{Status: status, Milliseconds: time.Since(began).Milliseconds()}
}

func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := upstreamClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode >= 200 && response.StatusCode < 300
}
