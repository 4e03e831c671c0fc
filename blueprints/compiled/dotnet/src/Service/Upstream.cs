namespace Service;

/// <summary>A neighbour that GET /upstreams asks.</summary>
internal sealed record Upstream(string Name, string Url)
{
    /// <summary>
    /// Reads "name=url,name=url". An entry without a URL stays in the list: asking it shows what is wrong.
    /// </summary>
    public static IReadOnlyList<Upstream> Parse(string value)
    {
        var upstreams = new List<Upstream>();
        foreach (var entry in value.Split(','))
        {
            var parts = entry.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts[0].Length > 0)
            {
                upstreams.Add(new Upstream(parts[0], parts.Length == 2 ? parts[1] : ""));
            }
        }

        return upstreams;
    }
}
