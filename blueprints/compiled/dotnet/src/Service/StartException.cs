namespace Service;

/// <summary>A mistake of whoever started the program: its message is the one line that they see.</summary>
internal sealed class StartException(string message) : Exception(message);
