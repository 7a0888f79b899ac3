// Verifies what Ombud exports with code that Ombud's authors did not write: golang.org/x/mod/sumdb.
//
//	outsider export VERIFIER FOLDER          checkpoint, tiles, bundles and entries agree, every entry is included
//	outsider inclusion VERIFIER PROOF LINE   a c2sp.org/tlog-proof for the entry in file LINE
//	outsider consistency VERIFIER PROOF OLD  the checkpoint in file OLD is of a prefix of what PROOF's checkpoint states
//	outsider cosigned VERIFIER WITNESS NOTE  a checkpoint that its ledger signed and a witness cosigned (cosignature/v1)
//	outsider epochs VERIFIER FOLDER          each epoch's key is named by an entry that the key before it signed, up to the checkpoint
//	outsider pruned VERIFIER FOLDER FROM     checkpoint and hash tiles agree, and entries and bundles from FROM on
//	outsider audit VERIFIER ENTRIES NOTES    the work of a full check alone, for timing: all entries and all signatures
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "outsider:", err)
		os.Exit(1)
	}
}

func require(good bool, format string, args ...interface{}) {
	if !good {
		check(fmt.Errorf(format, args...))
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err)
	return data
}

func parseHash(text string) (hash tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	check(err)
	require(len(data) == len(hash), "a hash has %d bytes", len(data))
	copy(hash[:], data)
	return hash
}

func openCheckpoint(signed []byte, verifierKey string) tlog.Tree {
	verifier, err := note.NewVerifier(strings.TrimSpace(verifierKey))
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	require(len(lines) >= 4 && lines[0] == verifier.Name(), "the origin is not %q", verifier.Name())
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return tlog.Tree{N: size, Hash: parseHash(lines[2])}
}

// tiles reads c2sp.org/tlog-tiles paths, which leave out Go's tile height.
type tiles struct{ folder string }

func tilePath(folder, level string, n int64, width int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width != 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join(folder, "tile", level, name)
}

func (t tiles) Height() int { return 8 }
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		content, err := os.ReadFile(tilePath(t.folder, strconv.Itoa(tile.L), tile.N, tile.W))
		if err != nil {
			return nil, err
		}
		data = append(data, content)
	}
	return data, nil
}
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func readEntries(path string) (entries [][]byte) {
	for _, line := range bytes.SplitAfter(read(path), []byte("\n")) {
		if len(line) > 0 {
			require(bytes.HasSuffix(line, []byte("\n")), "%s: the last line does not end", path)
			entries = append(entries, line[:len(line)-1])
		}
	}
	return entries
}

func checkBundles(folder string, entries [][]byte, from int) {
	for start := from; start < len(entries); start += 256 {
		width := len(entries) - start
		if width > 256 {
			width = 256
		}
		bundle := read(tilePath(folder, "entries", int64(start/256), width))
		for i := start; i < start+width; i++ {
			require(len(bundle) >= 2, "entry %d is missing in its bundle", i)
			length := int(binary.BigEndian.Uint16(bundle))
			bundle = bundle[2:]
			require(len(bundle) >= length && bytes.Equal(bundle[:length], entries[i]), "entry %d differs in its bundle", i)
			bundle = bundle[length:]
		}
		require(len(bundle) == 0, "a bundle is too long")
	}
}

// rootOf builds the tree from the leaf hashes alone, with Go's code.
func rootOf(leaves []tlog.Hash) tlog.Hash {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), leaf, reader)
		check(err)
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(leaves)), reader)
	check(err)
	return root
}

func leavesOf(entries [][]byte) (leaves []tlog.Hash) {
	for _, entry := range entries {
		leaves = append(leaves, tlog.RecordHash(entry))
	}
	return leaves
}

func checkExport(verifier, folder string) {
	tree := openCheckpoint(read(filepath.Join(folder, "checkpoint")), verifier)
	entries := readEntries(filepath.Join(folder, "entries.jsonl"))
	require(int64(len(entries)) == tree.N, "%d entries, the checkpoint states %d", len(entries), tree.N)
	require(rootOf(leavesOf(entries)) == tree.Hash, "the entries do not hash to the checkpoint's root")
	checkBundles(folder, entries, 0)

	// TileHashReader authenticates every tile that it reads against the checkpoint.
	hashes := tlog.TileHashReader(tree, tiles{folder})
	var leaves []int64
	for i := range entries {
		leaves = append(leaves, tlog.StoredHashIndex(0, int64(i)))
	}
	stored, err := hashes.ReadHashes(leaves)
	check(err)
	for i, entry := range entries {
		require(stored[i] == tlog.RecordHash(entry), "entry %d is not the leaf in the tiles", i)
	}
	for _, i := range []int64{0, 1, 255, 256, tree.N / 2, tree.N - 2, tree.N - 1} {
		if i < 0 || i >= tree.N {
			continue
		}
		proof, err := tlog.ProveRecord(tree.N, i, hashes)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, i, tlog.RecordHash(entries[i])))
	}
	fmt.Printf("%d entries verified\n", tree.N)
}

// splitProof returns the lines before the empty one, and the signed note behind it.
func splitProof(path string) ([]string, []byte) {
	data := read(path)
	at := bytes.Index(data, []byte("\n\n"))
	require(at >= 0, "%s: no empty line", path)
	return strings.Split(string(data[:at]), "\n"), data[at+2:]
}

func checkInclusion(verifier, proofFile, lineFile string) {
	lines, signed := splitProof(proofFile)
	tree := openCheckpoint(signed, verifier)
	require(lines[0] == "c2sp.org/tlog-proof@v1", "the first line is %q", lines[0])
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		proof = append(proof, parseHash(line))
	}
	check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(read(lineFile))))
	fmt.Printf("entry %d is included\n", index)
}

func checkConsistency(verifier, proofFile, oldFile string) {
	lines, signed := splitProof(proofFile)
	tree := openCheckpoint(signed, verifier)
	old := openCheckpoint(read(oldFile), verifier)
	require(lines[0] == fmt.Sprintf("old %d", old.N), "the first line is %q", lines[0])
	var proof tlog.TreeProof
	for _, line := range lines[1:] {
		proof = append(proof, parseHash(line))
	}
	check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	fmt.Printf("%d entries are a prefix of %d\n", old.N, tree.N)
}

// cosigner verifies lines of c2sp.org/tlog-cosignature within Go's own note.Open, which knows their format and not their meaning.
type cosigner struct {
	name string
	key  []byte
}

func newCosigner(verifierKey string) cosigner {
	parts := strings.SplitN(strings.TrimSpace(verifierKey), "+", 3)
	require(len(parts) == 3, "%q is no verifier key", verifierKey)
	data, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	require(len(data) == 33 && data[0] == 4, "%q is not of type 0x04", verifierKey)
	made := cosigner{parts[0], data[1:]}
	require(fmt.Sprintf("%08x", made.KeyHash()) == parts[1], "the hash of %q is wrong", verifierKey)
	return made
}

func (c cosigner) Name() string { return c.name }
func (c cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(sum[:])
}
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func checkCosigned(verifierKey, witnessKey, noteFile string) {
	verifier, err := note.NewVerifier(strings.TrimSpace(verifierKey))
	check(err)
	witness := newCosigner(witnessKey)
	opened, err := note.Open(read(noteFile), note.VerifierList(verifier, witness))
	check(err)
	require(len(opened.Sigs) == 2 && len(opened.UnverifiedSigs) == 0, "%d signatures verify, %d do not", len(opened.Sigs), len(opened.UnverifiedSigs))
	fmt.Printf("signed by %s, cosigned by %s\n", opened.Sigs[0].Name, opened.Sigs[1].Name)
}

// bothSign opens a note under the ledger's key and, once there is one, the epoch's.
func bothSign(root, epoch note.Verifier, file string) (size int64) {
	verifiers := []note.Verifier{root}
	if epoch != nil {
		verifiers = append(verifiers, epoch)
	}
	opened, err := note.Open(read(file), note.VerifierList(verifiers...))
	check(err)
	require(len(opened.Sigs) == len(verifiers), "%s: %d of %d signatures", file, len(opened.Sigs), len(verifiers))
	size, err = strconv.ParseInt(strings.Split(opened.Text, "\n")[1], 10, 64)
	check(err)
	return size
}

func checkEpochs(verifierKey, folder string) {
	root, err := note.NewVerifier(strings.TrimSpace(verifierKey))
	check(err)
	entries := readEntries(filepath.Join(folder, "entries.jsonl"))
	files, err := filepath.Glob(filepath.Join(folder, "epochs", "*.key"))
	check(err)
	var indexes []int
	for _, file := range files {
		index, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".key"))
		check(err)
		indexes = append(indexes, index)
	}
	sort.Ints(indexes)
	var epoch note.Verifier
	for _, index := range indexes {
		name := filepath.Join(folder, "epochs", strconv.Itoa(index))
		key := strings.TrimSpace(string(read(name + ".key")))
		var entry struct{ Key, Kind string }
		check(json.Unmarshal(entries[index], &entry))
		require(entry.Kind == "ledger.epoch" && entry.Key == key, "entry %d does not name the key %s", index, key)
		require(bothSign(root, epoch, name) > int64(index), "%s does not cover entry %d", name, index)
		epoch, err = note.NewVerifier(key)
		check(err)
	}
	bothSign(root, epoch, filepath.Join(folder, "checkpoint"))
	fmt.Printf("%d epochs verified\n", len(indexes))
}

func checkPruned(verifier, folder, first string) {
	from, err := strconv.Atoi(first)
	check(err)
	tree := openCheckpoint(read(filepath.Join(folder, "checkpoint")), verifier)
	kept := readEntries(filepath.Join(folder, "entries.jsonl"))
	require(int64(len(kept)+from) == tree.N, "%d entries from %d on, the checkpoint states %d", len(kept), from, tree.N)
	var leaves []int64
	for i := int64(0); i < tree.N; i++ {
		leaves = append(leaves, tlog.StoredHashIndex(0, i))
	}
	stored, err := tlog.TileHashReader(tree, tiles{folder}).ReadHashes(leaves)
	check(err)
	// Debian 12's TileHashReader (x/mod 0.7) leaves some tiles beside the right edge unchecked: build the tree from all leaves.
	require(rootOf(stored) == tree.Hash, "the hashes in the tiles do not hash to the checkpoint's root")
	for i, entry := range kept {
		require(stored[from+i] == tlog.RecordHash(entry), "entry %d is not the leaf in the tiles", from+i)
	}
	checkBundles(folder, append(make([][]byte, from), kept...), from)
	fmt.Printf("%d hashes verified, and %d entries\n", tree.N, len(kept))
}

func audit(verifierKey, entriesFile, notesFile string) {
	file, err := os.Open(entriesFile)
	check(err)
	lines := bufio.NewScanner(bufio.NewReaderSize(file, 1<<20))
	lines.Buffer(make([]byte, 1<<17), 1<<17)
	var tree []tlog.Hash // the right edge: a complete subtree for each set bit of the count
	var count uint64
	for lines.Scan() {
		node := tlog.RecordHash(lines.Bytes())
		for bits := count; bits&1 == 1; bits >>= 1 {
			node = tlog.NodeHash(tree[len(tree)-1], node)
			tree = tree[:len(tree)-1]
		}
		tree = append(tree, node)
		count++
	}
	check(lines.Err())
	root := tree[len(tree)-1]
	for i := len(tree) - 2; i >= 0; i-- {
		root = tlog.NodeHash(tree[i], root)
	}
	matched := false
	signatures := 0
	for _, signed := range bytes.Split(read(notesFile), []byte{0}) {
		if len(signed) == 0 {
			continue
		}
		stated := openCheckpoint(signed, verifierKey)
		signatures++
		matched = matched || (stated.N == int64(count) && stated.Hash == root)
	}
	require(matched, "no checkpoint states the root of the %d entries", count)
	fmt.Printf("%d entries, %d signatures\n", count, signatures)
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "export" {
		checkExport(os.Args[2], os.Args[3])
	} else if len(os.Args) == 5 && os.Args[1] == "inclusion" {
		checkInclusion(os.Args[2], os.Args[3], os.Args[4])
	} else if len(os.Args) == 5 && os.Args[1] == "consistency" {
		checkConsistency(os.Args[2], os.Args[3], os.Args[4])
	} else if len(os.Args) == 5 && os.Args[1] == "cosigned" {
		checkCosigned(os.Args[2], os.Args[3], os.Args[4])
	} else if len(os.Args) == 4 && os.Args[1] == "epochs" {
		checkEpochs(os.Args[2], os.Args[3])
	} else if len(os.Args) == 5 && os.Args[1] == "pruned" {
		checkPruned(os.Args[2], os.Args[3], os.Args[4])
	} else if len(os.Args) == 5 && os.Args[1] == "audit" {
		audit(os.Args[2], os.Args[3], os.Args[4])
	} else {
		fmt.Fprintln(os.Stderr, "usage: outsider export|inclusion|consistency|cosigned|epochs|pruned|audit VERIFIER FILES...")
		os.Exit(2)
	}
}
