; Kernels, each with something that tempts a compiler to need a fix-up: (in, out, count).
@nf4 = private unnamed_addr constant [16 x float] [float -1.0, float -0.6875, float -0.5, float -0.375, float -0.25, float -0.1875, float -0.125, float 0.0, float 0.0625, float 0.125, float 0.25, float 0.3125, float 0.4375, float 0.5625, float 0.75, float 1.0]
; A table of functions as we must write it: distances from the table.
@functions = private unnamed_addr constant [4 x i32] [
  i32 trunc (i64 sub (i64 ptrtoint (ptr @add7 to i64), i64 ptrtoint (ptr @functions to i64)) to i32),
  i32 trunc (i64 sub (i64 ptrtoint (ptr @mul3 to i64), i64 ptrtoint (ptr @functions to i64)) to i32),
  i32 trunc (i64 sub (i64 ptrtoint (ptr @xor9 to i64), i64 ptrtoint (ptr @functions to i64)) to i32),
  i32 trunc (i64 sub (i64 ptrtoint (ptr @shl2 to i64), i64 ptrtoint (ptr @functions to i64)) to i32)]
declare ptr @llvm.load.relative.i64(ptr, i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define internal i32 @add7(i32 %x) noinline { %r = add i32 %x, 7 ret i32 %r }
define internal i32 @mul3(i32 %x) noinline { %r = mul i32 %x, 3 ret i32 %r }
define internal i32 @xor9(i32 %x) noinline { %r = xor i32 %x, 9 ret i32 %r }
define internal i32 @shl2(i32 %x) noinline { %r = shl i32 %x, 2 ret i32 %r }

; constant table, dynamic index
define void @k_table(ptr %in, ptr %out, i64 %n) {
entry: br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %p = getelementptr i8, ptr %in, i64 %i
  %b = load i8, ptr %p
  %c = and i8 %b, 15
  %k = zext i8 %c to i64
  %tp = getelementptr [16 x float], ptr @nf4, i64 0, i64 %k
  %v = load float, ptr %tp
  %q = getelementptr float, ptr %out, i64 %i
  store float %v, ptr %q
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
done: ret void
}
; constant pools: shuffle mask, vector addend, splat multiplier; 16 bytes per step
define void @k_shuffle(ptr %in, ptr %out, i64 %n) {
entry: br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %p = getelementptr i8, ptr %in, i64 %i
  %v = load <16 x i8>, ptr %p, align 1
  %s = shufflevector <16 x i8> %v, <16 x i8> poison, <16 x i32> <i32 3, i32 14, i32 1, i32 0, i32 7, i32 9, i32 5, i32 12, i32 11, i32 2, i32 13, i32 8, i32 15, i32 4, i32 6, i32 10>
  %a = add <16 x i8> %s, <i8 1, i8 2, i8 4, i8 8, i8 16, i8 32, i8 64, i8 127, i8 3, i8 5, i8 7, i8 11, i8 13, i8 17, i8 19, i8 23>
  %q = getelementptr i8, ptr %out, i64 %i
  store <16 x i8> %a, ptr %q, align 1
  %j = add i64 %i, 16
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
done: ret void
}
; a dense switch of unlike cases: a jump table
define void @k_switch(ptr %in, ptr %out, i64 %n) {
entry: br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %next]
  %p = getelementptr i8, ptr %in, i64 %i
  %b = load i8, ptr %p
  %c = and i8 %b, 7
  %x = trunc i64 %i to i32
  switch i8 %c, label %d [ i8 0, label %c0 i8 1, label %c1 i8 2, label %c2 i8 3, label %c3 i8 4, label %c4 i8 5, label %c5 i8 6, label %c6 ]
c0: %v0 = add i32 %x, 11 br label %next
c1: %v1 = mul i32 %x, %x br label %next
c2: %v2 = xor i32 %x, 255 br label %next
c3: %v3 = shl i32 %x, 3 br label %next
c4: %v4 = sub i32 5, %x br label %next
c5: %v5 = udiv i32 %x, 7 br label %next
c6: %v6 = urem i32 %x, 13 br label %next
d:  %vd = or i32 %x, 4096 br label %next
next:
  %v = phi i32 [%v0, %c0], [%v1, %c1], [%v2, %c2], [%v3, %c3], [%v4, %c4], [%v5, %c5], [%v6, %c6], [%vd, %d]
  %q = getelementptr i32, ptr %out, i64 %i
  store i32 %v, ptr %q
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
done: ret void
}
; an indirect call through a table of distances
define void @k_indirect(ptr %in, ptr %out, i64 %n) {
entry: br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %p = getelementptr i8, ptr %in, i64 %i
  %b = load i8, ptr %p
  %c = and i8 %b, 3
  %k = zext i8 %c to i64
  %o = shl i64 %k, 2
  %f = call ptr @llvm.load.relative.i64(ptr @functions, i64 %o)
  %x = trunc i64 %i to i32
  %v = call i32 %f(i32 %x)
  %q = getelementptr i32, ptr %out, i64 %i
  store i32 %v, ptr %q
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
done: ret void
}
; calls into the support code: memset, memcpy, memmove of unknown size
define void @k_memory(ptr %in, ptr %out, i64 %n) {
  %n4 = shl i64 %n, 2
  call void @llvm.memset.p0.i64(ptr %out, i8 -91, i64 %n4, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %out, ptr %in, i64 %n, i1 false)
  %up = getelementptr i8, ptr %out, i64 5
  call void @llvm.memmove.p0.p0.i64(ptr %up, ptr %out, i64 %n, i1 false)
  ret void
}
; nothing is called, but the frame is large
define void @k_frame(ptr %in, ptr %out, i64 %n) {
  %a = alloca [4096 x i8]
  %p = getelementptr i8, ptr %a, i64 %n
  store volatile i8 1, ptr %p
  ret void
}
