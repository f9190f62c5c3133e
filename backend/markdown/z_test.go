package markdown
import ("testing";"fmt")
func TestZ(t *testing.T){
 r:=New(); n:=0; bad:=0
 for _,al:=range []string{">- \t\n|1","-|\n:a`<","1.\t\n >#","*_[]()a","-* \n\t`~","1)\n\t *a","|-\n\t\\`a","{:a=}'\n*"} {
 var rec func(s string, d int)
 rec=func(s string,d int){
  func(){ defer func(){ if e:=recover();e!=nil{ bad++; if bad<8 {fmt.Printf("%q %v\n",s,e)} } }(); r.Text(s); n++ }()
  if d==0 {return}
  for i:=range al { rec(s+al[i:i+1],d-1)}
 }
 rec("",6)
 }
 fmt.Println(n,bad)
}
