package backendtest

import (
	"bytes"
	"context"
	"io"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

func fileChecks() []check {
	return []check{
		{name: "BringsFiles", needs: FilesIn, run: bringsFiles},
		{name: "SendsFiles", run: optional("sends no files", sendsFiles)},
	}
}

// everyByte is what naive code changes on its way.
func everyByte() []byte {
	content := make([]byte, 256)
	for i := range content {
		content[i] = byte(i)
	}
	return bytes.Repeat(content, 40)
}

func bringsFiles(s *session) {
	require.NotNil(s, s.SayFile, "Network.SayFile")
	c := s.connect()
	s.SayFile("results.bin", everyByte())
	m := c.next()
	s.fromThePerson(m)
	require.Len(s, m.Files, 1)
	f := m.Files[0]
	require.Equal(s, "results.bin", f.Name)
	if f.Size >= 0 {
		require.EqualValues(s, len(everyByte()), f.Size)
	}
	opener, ok := s.Backend.(backend.FileOpener)
	if !ok {
		require.NotEmpty(s, f.URL, "where everybody can read it")
		return
	}
	content, err := opener.OpenFile(s.Context(), f)
	require.NoError(s, err)
	defer content.Close()
	got, err := io.ReadAll(content)
	require.NoError(s, err)
	require.Equal(s, everyByte(), got)
}

func sendsFiles(s *session, files backend.FileSender) {
	require.NotNil(s, s.HeardFile, "Network.HeardFile")
	s.connect()
	ref := s.resolve(s.Room)
	upload := &backend.Upload{Name: "results.bin", Type: "application/octet-stream", Content: everyByte()}
	sent, err := files.SendFile(s.Context(), upload, &backend.Message{Ref: ref, Body: "all of it"})
	require.NoError(s, err)
	require.Equal(s, ref.Place(), sent.Place(), "SendFile returns where the file went")
	var name string
	var content []byte
	require.NoError(s, s.waiting(func(ctx context.Context) (err error) {
		name, content, err = s.HeardFile(ctx)
		return err
	}), "the person saw no file")
	require.Equal(s, "results.bin", name)
	require.Equal(s, everyByte(), content)
	require.Equal(s, "all of it", s.heard(s.Room), "the text beside the file")
}
